# ---
# number: "15.5"
# title: Blelloch's scan
# minutes: 40
# required: false
# points: 7
# kind: code
# ---

# %% [markdown] task
# Write Blelloch's scan with an up-sweep and a down-sweep, for $h_t = a_t h_{t-1} + b_t$ with $h_0 = 0$. Count products and rounds, and add its column to the table.

# %% [markdown] hint
# Up: join pairs of stretches into stretches of 2, 4, 8, ... steps, like a tournament. Then put the step that changes nothing, $a = 1$ and $b = 0$, in the last place. Down: each pair hands its *prefix* to its
# left half, and prefix joined with the left half to its right half.

# %% stub
def blelloch_scan(a, b):
    """The states h (T,) for a, b (T,), the number of rounds, and the number of products.

    T is a power of 2. Joins that do not depend on each other are one round; each multiplication of
    two numbers is one product.
    """
    ...


# %% self-check
result = blelloch_scan(np.full(4, 0.5), np.arange(1.0, 5))
assert isinstance(result, tuple), "three results: states, rounds, products"
h, rounds, products = result
assert np.shape(h) == (4,), "one state for each step"
assert h[0] != 0, "these are the states before each step: join each with its own step"
assert np.allclose(h, [1, 2.5, 4.25, 6.125]), "each state is 0.5 times the one before it, plus b"
a, b = rng.uniform(0.5, 1, (2, 256))
_, rounds, products = blelloch_scan(a, b)
assert rounds < 30, "rounds grow with the logarithm of the length"
assert products < 6 * 256, "products grow with the length: half as many joins in each next round"
print("public checks passed; hidden tests run later")


# %% solution
# GBG-CANARY-15.5
# Up and down 2 log2(T) rounds and 4 (T - 1) products; one more round with T products joins each
# prefix with its own step. For T = 512: 19 rounds and 2,556 products, against 9 and 8,194, and 511
# each.
def blelloch_scan(a, b):
    A, B, T = a.copy(), b.copy(), len(a)
    stretch, rounds, products = 1, 0, 0
    while stretch < T:
        left, right = (
            slice(stretch - 1, None, 2 * stretch),
            slice(2 * stretch - 1, None, 2 * stretch),
        )
        B[right] += A[right] * B[left]
        A[right] *= A[left]
        stretch, rounds, products = 2 * stretch, rounds + 1, products + 2 * len(B[right])
    A[-1], B[-1] = 1, 0
    while stretch > 1:
        stretch //= 2
        left, right = (
            slice(stretch - 1, None, 2 * stretch),
            slice(2 * stretch - 1, None, 2 * stretch),
        )
        a_left, b_left = A[left].copy(), B[left].copy()
        A[left], B[left] = A[right], B[right]
        A[right], B[right] = a_left * A[right], a_left * B[right] + b_left
        rounds, products = rounds + 1, products + 2 * len(b_left)
    return a * B + b, rounds + 1, products + T


# %% hidden tests
# GBG-CANARY-15.5
def test_states(answer, rng):
    """The states of the recurrence: in a join the earlier stretch acts first."""
    for T in (2, 4, *(2 ** int(k) for k in rng.integers(3, 9, 3))):
        a, b = rng.uniform(-1.2, 1.2, T), rng.standard_normal(T)
        expected, h = [], 0.0
        for t in range(T):
            h = a[t] * h + b[t]
            expected.append(h)
        close(answer("blelloch_scan(a, b)[0]", a=a, b=b), expected)


def test_rounds(answer, rng):
    """Up and down the tree: about twice as many rounds as the tree has levels."""
    for levels in (6, 8, 10):
        a, b = rng.uniform(0.5, 1, (2, 2**levels))
        rounds = answer("blelloch_scan(a, b)[1]", a=a, b=b)
        expect(2 * levels - 2 <= rounds <= 2 * levels + 2, "twice the levels")


def test_products(answer, rng):
    """Half as many joins in each next round: a number of products in proportion to the length."""
    counted = []
    for levels in (6, 8, 10):
        T = 2**levels
        a, b = rng.uniform(0.5, 1, (2, T))
        products = answer("blelloch_scan(a, b)[2]", a=a, b=b)
        expect(2 * T - 4 * levels <= products <= 6 * T, "a few products for each step")
        counted.append(products)
    expect(3.5 < counted[1] / counted[0] < 4.6, "four times the length, four times the products")
    expect(3.5 < counted[2] / counted[1] < 4.6, "four times the length, four times the products")


# %% [markdown] rubric
# - (1) The table has the lengths 8, 64, 512 and 4096 with rounds and products of loop, scan and Blelloch's scan.
# - (1) Says what each costs on one core and on many, and that the count leaves out memory and waiting between rounds.


# %% honest: recursive, pair by pair
def blelloch_scan(a, b):
    def prefixes(a, b):
        if len(a) == 1:
            return np.ones(1), np.zeros(1), 0, 0
        joined_a, joined_b = a[1::2] * a[::2], a[1::2] * b[::2] + b[1::2]
        A, B, rounds, products = prefixes(joined_a, joined_b)
        out_a, out_b = np.empty_like(a), np.empty_like(b)
        out_a[::2], out_b[::2] = A, B
        out_a[1::2], out_b[1::2] = a[::2] * A, a[::2] * B + b[::2]
        return out_a, out_b, rounds + 2, products + 2 * len(a)

    _, B, rounds, products = prefixes(a, b)
    return a * B + b, rounds + 1, products + len(a)


# %% honest: loops over pairs
def blelloch_scan(a, b):
    steps, T, rounds, products = [*zip(a, b, strict=True)], len(a), 0, 0

    def join(first, second):
        nonlocal products
        products += 2
        return second[0] * first[0], second[0] * first[1] + second[1]

    d = 1
    while d < T:
        for right in range(2 * d - 1, T, 2 * d):
            steps[right] = join(steps[right - d], steps[right])
        d, rounds = 2 * d, rounds + 1
    steps[-1] = (1.0, 0.0)
    while d > 1:
        d = d // 2
        for right in range(2 * d - 1, T, 2 * d):
            left_half = steps[right - d]
            steps[right - d] = steps[right]
            steps[right] = join(steps[right], left_half)
        rounds += 1
    return np.array([a[t] * steps[t][1] + b[t] for t in range(T)]), rounds + 1, products + T


# %% honest: prefixes of the step itself, without the last round
def blelloch_scan(a, b):
    A, B, T = np.array(a), np.array(b), len(a)
    levels, products = int(np.log2(T)), 0
    for level in range(levels):
        right = np.arange(2 ** (level + 1) - 1, T, 2 ** (level + 1))
        left = right - 2**level
        A[right], B[right] = A[right] * A[left], A[right] * B[left] + B[right]
        products += 2 * right.size
    for level in reversed(range(levels)):
        middle = np.arange(2 ** (level + 1) + 2**level - 1, T, 2 ** (level + 1))
        before = middle - 2**level
        A[middle], B[middle] = A[middle] * A[before], A[middle] * B[before] + B[middle]
        products += 2 * middle.size
    return B, 2 * levels, products


# %% wrong: the scan of the text
def blelloch_scan(a, b):
    a, b, stretch, rounds, products = a.copy(), b.copy(), 1, 0, 0
    while stretch < len(b):
        b[stretch:] += a[stretch:] * b[:-stretch]
        a[stretch:] *= a[:-stretch]
        products += 2 * len(b[stretch:])
        stretch, rounds = 2 * stretch, rounds + 1
    return b, rounds, products


# %% wrong: the loop, counted as a tree
def blelloch_scan(a, b):
    h = [b[0]]
    for a_t, b_t in zip(a[1:], b[1:], strict=True):
        h.append(a_t * h[-1] + b_t)
    return np.array(h), len(b) - 1, len(b) - 1


# %% wrong: states before each step
def blelloch_scan(a, b):
    A, B, T, stretch, rounds = a.copy(), b.copy(), len(a), 1, 0
    while stretch < T:
        left, right = (
            slice(stretch - 1, None, 2 * stretch),
            slice(2 * stretch - 1, None, 2 * stretch),
        )
        B[right] += A[right] * B[left]
        A[right] *= A[left]
        stretch, rounds = 2 * stretch, rounds + 1
    A[-1], B[-1] = 1, 0
    while stretch > 1:
        stretch //= 2
        left, right = (
            slice(stretch - 1, None, 2 * stretch),
            slice(2 * stretch - 1, None, 2 * stretch),
        )
        a_left, b_left = A[left].copy(), B[left].copy()
        A[left], B[left] = A[right], B[right]
        A[right], B[right] = a_left * A[right], a_left * B[right] + b_left
        rounds += 1
    return B, rounds, 4 * (T - 1)


# %% wrong: later stretch first on the way down
def blelloch_scan(a, b):
    A, B, T, stretch, rounds = a.copy(), b.copy(), len(a), 1, 0
    while stretch < T:
        left, right = (
            slice(stretch - 1, None, 2 * stretch),
            slice(2 * stretch - 1, None, 2 * stretch),
        )
        B[right] += A[right] * B[left]
        A[right] *= A[left]
        stretch, rounds = 2 * stretch, rounds + 1
    A[-1], B[-1] = 1, 0
    while stretch > 1:
        stretch //= 2
        left, right = (
            slice(stretch - 1, None, 2 * stretch),
            slice(2 * stretch - 1, None, 2 * stretch),
        )
        a_left, b_left = A[left].copy(), B[left].copy()
        A[left], B[left] = A[right], B[right]
        B[right] = A[right] * b_left + B[right]
        A[right] = A[right] * a_left
        rounds += 1
    return a * B + b, rounds + 1, 5 * T - 4


# %% wrong: up-sweep only
def blelloch_scan(a, b):
    A, B, T, stretch, rounds = a.copy(), b.copy(), len(a), 1, 0
    while stretch < T:
        left, right = (
            slice(stretch - 1, None, 2 * stretch),
            slice(2 * stretch - 1, None, 2 * stretch),
        )
        B[right] += A[right] * B[left]
        A[right] *= A[left]
        stretch, rounds = 2 * stretch, rounds + 1
    return B, 2 * rounds, 2 * (T - 1)


# %% wrong: zero in place of the step that changes nothing
def blelloch_scan(a, b):
    A, B, T, stretch, rounds = a.copy(), b.copy(), len(a), 1, 0
    while stretch < T:
        left, right = (
            slice(stretch - 1, None, 2 * stretch),
            slice(2 * stretch - 1, None, 2 * stretch),
        )
        A[right] *= A[left]
        B[right] += A[right] * B[left]
        stretch, rounds = 2 * stretch, rounds + 1
    A[-1], B[-1] = 0, 0
    while stretch > 1:
        stretch //= 2
        left, right = (
            slice(stretch - 1, None, 2 * stretch),
            slice(2 * stretch - 1, None, 2 * stretch),
        )
        a_left, b_left = A[left].copy(), B[left].copy()
        A[left], B[left] = A[right], B[right]
        A[right], B[right] = a_left * A[right], a_left * B[right] + b_left
        rounds += 1
    return a * B + b, rounds + 1, 5 * T - 4
