"""All trials, in the order of the page."""

from tests.chaos.campaign import Trial
from tests.chaos.trials.any_dialogue import ANY_DIALOGUE
from tests.chaos.trials.bad_input import BAD_INPUT
from tests.chaos.trials.clocks import CLOCKS
from tests.chaos.trials.kills import KILLS
from tests.chaos.trials.power_loss import POWER_LOSS
from tests.chaos.trials.simulator import SIMULATOR

TRIALS: tuple[Trial, ...] = (KILLS, CLOCKS, BAD_INPUT, ANY_DIALOGUE, SIMULATOR, POWER_LOSS)
