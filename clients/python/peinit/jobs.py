"""Ad-hoc jobs for callers that block: a program, run as whoever submits it."""

from __future__ import annotations

from types import TracebackType

from .errors import ConnectionError
from .generated.jobs import *
from .generated.service import JobState as JobState
from .io_blocking import Stream, deadline_of
from .line_buffer import usual_max_line
from .patience import usual_patience


def submit(
    request: SubmitRequest,
    *,
    path: str | None = None,
    timeout: float | None = None,
    patience: float = usual_patience,
    max_line: int = usual_max_line,
    awaited: bool = False,
) -> Job:
    """
    Has a program run; returns once peinit has made the job. Raises JobsError where there is none, and ConnectionError where nobody answers.
    """
    return Job(Stream(JOBS, JOBS.path if path is None else path, request, deadline_of(timeout), patience, max_line, awaited))


class Job:
    """A job of ours: its lines as they come, the last one of kind `ended`. Leaving it stops nothing."""

    def __init__(self, stream: Stream[SubmitResponse, JobLine]) -> None:
        self._stream = stream
        self._is_over = False

    @property
    def id(self) -> str:
        """UUID of the job."""
        return self._stream.opening.job_id

    def __iter__(self) -> Job:
        return self

    def __next__(self) -> JobLine:
        line = self.take()
        if line is None:
            raise StopIteration
        return line

    def take(self, timeout: float | None = None) -> JobLine | None:
        """The next line; None: the last one was taken. Raises Timeout, which does not end it, and ConnectionError where no end was told."""
        if self._is_over:
            return None
        line = self._stream.take(timeout)
        if line is None:
            raise ConnectionError("the connection ended before the job had")
        if line.kind == JobLineKind.ENDED:
            self._is_over = True
            self._stream.leave()
        return line

    def leave(self) -> None:
        """Hangs up: the job goes on, and what it says is lost to us."""
        self._is_over = True
        self._stream.leave()

    def __enter__(self) -> Job:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.leave()
