"""All trials, in the order of the page."""

from tests.chaos.campaign import Trial
from tests.chaos.trials.aging import AGING
from tests.chaos.trials.any_dialogue import ANY_DIALOGUE
from tests.chaos.trials.bad_input import BAD_INPUT
from tests.chaos.trials.clocks import CLOCKS
from tests.chaos.trials.erasure import ERASURE
from tests.chaos.trials.forgeries import FORGERIES
from tests.chaos.trials.invitations import INVITATIONS
from tests.chaos.trials.jumps import JUMPED
from tests.chaos.trials.kills import KILLS
from tests.chaos.trials.leaks import LEAKS
from tests.chaos.trials.live import LIVE
from tests.chaos.trials.outages import OUTAGES
from tests.chaos.trials.power_loss import POWER_LOSS
from tests.chaos.trials.replicas import REPLICAS_TRIAL
from tests.chaos.trials.sending import FLOOD, SENDING
from tests.chaos.trials.simulator import SIMULATOR
from tests.chaos.trials.stops import STOPS

TRIALS: tuple[Trial, ...] = (
    KILLS,
    REPLICAS_TRIAL,
    SENDING,
    OUTAGES,
    FLOOD,
    LIVE,
    CLOCKS,
    JUMPED,
    STOPS,
    BAD_INPUT,
    ANY_DIALOGUE,
    SIMULATOR,
    POWER_LOSS,
    FORGERIES,
    INVITATIONS,
    LEAKS,
    ERASURE,
    AGING,
)
