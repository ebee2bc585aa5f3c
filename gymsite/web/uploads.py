"""Files that are sent: unless staff send them, they are skipped and kept nowhere."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, SkipFile


class StaffOnly(FileUploadHandler):
    """The first upload handler, which skips every file that staff do not send.

    What it skips reaches neither memory nor disk, and the form finds no file.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if not getattr(getattr(self.request, "user", None), "is_staff", False):
            raise SkipFile
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
