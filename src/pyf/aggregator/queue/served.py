"""Which profiles the queue keeps fresh, and a task for each of them."""

from pyf.aggregator.queue.job_task import JobTask
from pyf.aggregator.services.worker import Worker


async def is_served(worker: Worker, profile: str) -> bool:
    """Tell whether a profile is kept fresh: one that is named is also made."""
    if profile in worker.settings.pyf_queue_profiles:
        return True
    return await worker.resources.search.find_collection(profile) is not None


async def queue_for_served(worker: Worker, task: JobTask) -> list[str]:
    """Queue a task for every profile that is kept fresh, and note which these are."""
    served = [item.key for item in worker.profiles if await is_served(worker, item.key)]
    worker.heartbeats.note_served(served)
    for profile in served:
        task.send(profile)
    return served
