"""The key b: how bad it is, told anew: another severity, or personal data at stake."""

from warroom.clock import duration
from warroom.conductor.triage import severity
from warroom.incident import clocks
from warroom.screens.host import Host


async def rate(host: Host) -> None:
    """Choose what changed, say why. Raises Refused."""
    from warroom.screens.dialogs.prompts import AskLine, Choose

    conductor = host.conductor
    incident, protocol = conductor.incident, conductor.config.protocol
    choices = [
        (one.id, f"{one.id} {one.title}: {one.example}") for one in protocol.severities if one.id != incident.severity
    ]
    left = clocks.gdpr_left(incident, protocol, conductor.clock.now())
    if incident.aware_at is None:
        choices.append(("data", "Personal data is at stake: the GDPR clock runs from when somebody knew"))
    else:
        if left is not None:
            choices.append(("notified", f"The authority was notified of the breach ({duration(left)} left)"))
        choices.append(("no-data", "No personal data is at stake after all"))
    chosen = await host.ask(Choose(f"It is {incident.severity}. What is it really?", choices))
    match chosen:
        case None:
            return
        case "data":
            await _personal_data(host)
        case "no-data":
            reason = await host.ask(AskLine("How do you know that no personal data is at stake?"))
            if reason:
                await severity.personal_data(conductor, at_stake=False, reason=reason)
        case "notified":
            told = await host.ask(AskLine("Who was notified, and where is the proof?"))
            if told:
                await severity.notified(conductor, told)
        case _:
            reason = await host.ask(AskLine(f"Why {chosen} and not {incident.severity}?"))
            if reason:
                await severity.rerate(conductor, chosen, reason)
                host.notice(f"It is {chosen} now; the clocks follow.", good=True)


async def _personal_data(host: Host) -> None:
    from warroom.conductor.refusal import Refused
    from warroom.screens.dialogs.prompts import AskLine

    minutes = await host.ask(AskLine("How many minutes ago did somebody first know?", value="0"))
    if minutes is None:
        return
    try:
        ago = float(minutes)
    except ValueError as error:
        raise Refused(f"{minutes} is no number", "Say how many minutes ago somebody knew, 0 for just now.") from error
    what = await host.ask(AskLine("Which data, and whose?"))
    if what:
        await severity.personal_data(host.conductor, at_stake=True, reason=what, minutes_ago=ago)
        host.notice("The GDPR clock runs; see the clocks.", good=True)
