# ---
# number: "6.4"
# title: Twice as long
# minutes: 20
# required: false
# points: 4
# kind: text
# ---

# %% [markdown] task
# Run the experiment with 16 epochs instead of 8. Which of its statements still hold? What becomes of a seed that was below chance?

# %% [markdown] hint
# Change one number in `trial`, and keep the seeds: then each dot can be compared with its dot of before. Read the text below the figure
# sentence by sentence.

# %% [markdown] stub
# *Write your answer here.*

# %% [markdown] solution
# <!-- GBG-CANARY-6.4 -->
# With 16 epochs, ten seeds each, on our machine:
#
# - $T = 28$: all networks learn, default (0.84 to 0.98) and orthogonal (0.88 to 0.99). "Most networks learn" still holds, and more: the two default seeds
#   that were at chance have left it.
# - $T = 50$, default: eight seeds stay at chance, two reach about 0.8. "The start decides" holds for the median, no longer for every seed.
# - $T = 50$, orthogonal: the same eight of ten learn. The two at chance stay there.
# - The norms after training still lie many powers of ten apart. A small norm before training is still a warning and no verdict.
#
# The default seed at 0.32 was far below chance: with 2000 new sequences chance is $0.50 \pm 0.02$. Below chance is no lack of knowledge. This network
# had found the first input and used it with the wrong sign for most sequences. With more updates it is one of the two that reach 0.8.

# %% [markdown] rubric
# - (1) The experiment has been run with the same seeds, and the results are given for all four groups.
# - (1) Each statement of the text is judged: at $T = 28$ more learn than before; at $T = 50$ the start decides for most seeds, no longer for all; norms before
#   training are no verdict.
# - (1) The seed below chance is found, and compared with what chance gives on 2000 sequences (about 0.01 of standard error).
# - (1) The reason: below chance there is knowledge of the first input with the wrong sign, and more updates can turn it.
