"""Submits jobs to the Celery pipeline, in its environment. Prints when it began and the CPU seconds that submitting took.

``python -m benchmarks.celery_anchor.submit process FOLDER ID...``: the file of a job is ``FOLDER/ID.wav``.
``python -m benchmarks.celery_anchor.submit remake COUNT``: copies a finished job COUNT times, and has each summary made again.
"""

import json
import sys
import time

from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.celery_anchor.jobs import Base, Job, engine
from benchmarks.celery_anchor.tasks import process_job, remake_summary


def main() -> None:
    """Store the jobs, then put them into the queue."""
    what, *rest = sys.argv[1:]
    Base.metadata.create_all(engine)
    if what == "process":
        folder, *ids = rest
        jobs = [Job(id=job_id, path=f"{folder}/{job_id}.wav", submitted_at=time.time()) for job_id in ids]
        task = process_job
    else:
        jobs, task = copies(int(rest[0])), remake_summary
    with Session(engine) as database:
        names = [job.id for job in jobs]
        database.add_all(jobs)
        database.commit()
    began, used = time.time(), time.process_time()
    for name in names:
        task.delay(name)
    print(json.dumps({"began": began, "cpu_s": time.process_time() - used}))


def copies(count: int) -> list[Job]:
    """As many finished jobs as asked, each with the result of one that was processed."""
    with Session(engine) as database:
        query = select(Job).where(Job.status == "completed").order_by(Job.submitted_at).limit(1)
        done = database.scalars(query).one()
        now = time.time()
        return [
            Job(id=f"copy-{now}-{n}", path=done.path, status=done.status, result=done.result, submitted_at=now)
            for n in range(count)
        ]


if __name__ == "__main__":
    main()
