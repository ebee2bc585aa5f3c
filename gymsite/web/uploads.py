"""Files that are sent: passed over, before one is kept anywhere, unless staff send
them."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, SkipFile


class StaffOnly(FileUploadHandler):
    """The first handler: what it skips reaches neither memory nor disk, and the form
    finds no file."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if not getattr(getattr(self.request, "user", None), "is_staff", False):
            raise SkipFile
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
