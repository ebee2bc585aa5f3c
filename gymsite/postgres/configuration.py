"""How the embedded server is configured, by the size of the machine."""

import os
from pathlib import Path

CONFIGURATION = """\
listen_addresses = ''
unix_socket_directories = {socket_directory}
unix_socket_permissions = 0700
shared_preload_libraries = 'pg_stat_statements,auto_explain'
compute_query_id = on
track_io_timing = on
auto_explain.log_min_duration = '500ms'
shared_buffers = '{shared_buffers}MB'
effective_cache_size = '{effective_cache_size}MB'
work_mem = '16MB'
maintenance_work_mem = '512MB'
# parallel queries need no /dev/shm, which is 64 MB in many containers
min_dynamic_shared_memory = '128MB'
max_wal_size = '4GB'
checkpoint_timeout = '15min'
wal_compression = on
random_page_cost = 1.1
jit = off
# the race tests open 200 of their own
max_connections = 250
logging_collector = off
log_timezone = 'UTC'
"""
FORGETFUL = """\
fsync = off
full_page_writes = off
"""


def configuration(socket_directory: Path, *, durable: bool) -> str:
    """The text of gymsite.conf."""
    megabytes = _memory() // 2**20
    quoted = str(socket_directory).replace('"', '""').replace("'", "''")
    text = CONFIGURATION.format(
        socket_directory=f"'\"{quoted}\"'",
        shared_buffers=min(megabytes // 6, 4096),
        effective_cache_size=megabytes // 2,
    )
    return text if durable else text + FORGETFUL


def _memory() -> int:
    """How many bytes of memory this machine or container may use."""
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for limit in (
        "/sys/fs/cgroup/memory.max",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    ):
        try:
            return min(physical, int(Path(limit).read_text()))
        except (OSError, ValueError):  # no such control group, or "max"
            continue
    return physical
