"""The PyTorch and rnnlib columns of the dictionary of options, run. Keras is quoted, not run."""

import re
from pathlib import Path

import numpy as np
import pytest

from rnnlib import GRU, LSTM, RNN, InputError

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402  (needs torch)
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence  # noqa: E402

PAGE = Path(__file__).resolve().parents[1] / "book" / "dictionary.md"
CELLS = pytest.mark.parametrize("cell", [nn.RNN, nn.LSTM, nn.GRU])


def test_every_row_has_four_cells_and_its_code_is_closed():
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("|")]
    assert len(rows) > 45
    for row in rows:
        assert row.count("|") == 5, row
        assert row.count("`") % 2 == 0, row


def test_names_of_rnnlib_exist():
    import rnnlib
    from rnnlib import compose, torch_bridge

    cells = [line.split("|")[4] for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    calls = {name for cell in cells for name in re.findall(r"`([A-Za-z_]+)(?:\(.*?\))?`", cell)}
    known = {
        "rnnlib",
        "n_in",
        "n_hidden",
        "dtype",
        "state",
        "y",
        "x",
        "lengths",
        "grads",
        "backward",
    }
    places = (
        rnnlib,
        rnnlib.Adam,
        compose,
        torch_bridge,
        np,
        torch,
        __import__("rnnlib.train").train,
    )
    missing = [n for n in calls - known - {"False"} if not any(hasattr(p, n) for p in places)]
    assert not missing


@CELLS
def test_shapes(cell):
    for first in (False, True):
        module = cell(2, 5, num_layers=3, bidirectional=True, batch_first=first)
        output, state = module(torch.ones((4, 7, 2) if first else (7, 4, 2)))
        assert output.shape == ((4, 7, 10) if first else (7, 4, 10))
        for part in state if cell is nn.LSTM else (state,):
            assert part.shape == (6, 4, 5)
    assert not cell(2, 5).batch_first


@CELLS
def test_a_sequence_without_a_batch(cell):
    output, _ = cell(2, 5)(torch.ones(7, 2))
    assert output.shape == (7, 5)
    for layer in (RNN, LSTM, GRU):
        with pytest.raises(InputError):
            layer(2, 5, rng=np.random.default_rng(0)).forward(np.ones((7, 2)))


@CELLS
def test_start(cell):
    torch.manual_seed(0)
    module = cell(3, 64)
    for name, value in module.named_parameters():
        assert value.dtype == torch.float32
        assert 0.9 / 8 < value.abs().max() <= 1 / 8, name
    assert {name.split("_l")[0] for name, _ in module.named_parameters()} == {
        "weight_ih",
        "weight_hh",
        "bias_ih",
        "bias_hh",
    }
    assert not [name for name, _ in cell(3, 4, bias=False).named_parameters() if "bias" in name]


@pytest.mark.filterwarnings("ignore:LSTM with projections")
def test_options_of_one_cell_only():
    nn.RNN(2, 3, nonlinearity="relu")
    output, (h_n, c_n) = nn.LSTM(2, 5, proj_size=3)(torch.ones(7, 4, 2))
    assert (output.shape, h_n.shape, c_n.shape) == ((7, 4, 3), (1, 4, 3), (1, 4, 5))
    for cell in (nn.LSTM, nn.GRU):
        with pytest.raises((TypeError, ValueError)):
            cell(2, 3, nonlinearity="relu")
    for cell in (nn.RNN, nn.GRU):
        with pytest.raises(ValueError, match="proj_size"):
            cell(2, 5, proj_size=3)


def test_lengths():
    x = torch.ones(2, 3, 1)
    options = {"batch_first": True, "enforce_sorted": False}
    packed = pack_padded_sequence(x, torch.tensor([1, 3]), **options)
    output, _ = pad_packed_sequence(nn.GRU(1, 4, batch_first=True)(packed)[0], batch_first=True)
    assert not output[0, 1:].any()
    assert output[0, 0].all()
    with pytest.raises(RuntimeError, match="greater than 0"):
        pack_padded_sequence(x, torch.tensor([0, 3]), **options)
    with pytest.raises(RuntimeError, match="enforce_sorted"):
        pack_padded_sequence(x, torch.tensor([1, 3]), batch_first=True)


def test_dropout_acts_between_layers():
    x = torch.ones(5, 4, 2)
    with pytest.warns(UserWarning, match="num_layers greater than 1"):
        one = nn.GRU(2, 8, dropout=0.5)
    two = nn.GRU(2, 8, num_layers=2, dropout=0.5)
    assert torch.equal(one(x)[0], one(x)[0])
    assert not torch.equal(two(x)[0], two(x)[0])
    assert (two(x)[0] != 0).all()  # never after the last
    two.eval()
    assert torch.equal(two(x)[0], two(x)[0])


def test_backward_adds():
    head, x = nn.Linear(2, 1), torch.ones(3, 2)
    head(x).sum().backward()
    once = head.weight.grad.clone()
    head(x).sum().backward()
    assert torch.equal(head.weight.grad, 2 * once)
    torch.optim.SGD(head.parameters(), lr=0.1).zero_grad()
    head(x).sum().backward()
    assert torch.equal(head.weight.grad, once)


def test_clipping_is_joint():
    one, two = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))
    one.grad, two.grad = torch.tensor([3.0]), torch.tensor([4.0])
    assert nn.utils.clip_grad_norm_([one, two], 1.0) == 5
    assert torch.allclose(torch.cat([one.grad, two.grad]), torch.tensor([0.6, 0.8]), atol=1e-5)


def test_padding_idx_is_a_zero_vector_that_stays_zero_and_no_mask():
    table = nn.Embedding(4, 3, padding_idx=0)
    gru, ids = nn.GRU(3, 5, batch_first=True), torch.tensor([[2, 1, 0, 0]])
    optimizer = torch.optim.SGD(table.parameters(), lr=1.0)
    output, _ = gru(table(ids))
    output.sum().backward()
    optimizer.step()
    assert not table.weight[0].any()
    assert (output[0, 3] - output[0, 1]).abs().max() > 1e-3  # the state moves in the padding


def test_losses_read_logits():
    a, y = torch.tensor([[2.0, -1.0]]), torch.tensor([0])
    assert torch.isclose(nn.CrossEntropyLoss()(a, y), -torch.log_softmax(a, 1)[0, 0])
    b, t = torch.tensor([2.0]), torch.tensor([1.0])
    assert torch.isclose(nn.BCEWithLogitsLoss()(b, t), -torch.log(torch.sigmoid(b))[0])
