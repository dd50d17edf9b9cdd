"""Executes a notebook in Deno's kernel, and prints it with its outputs: execute.py NOTEBOOK

The kernel can publish the value of a cell after it has reported that it is idle. nbclient would lose it, so
outputs are assigned to cells by the request that they answer, and the end waits for cells that have none. A
cell that shows nothing has the tag "silent".
"""
import queue
import sys
import time

import nbformat
from jupyter_client.manager import start_new_kernel

CELL_SECONDS = 180
LATE_SECONDS = 20
SHOWN = ("display_data", "execute_result", "stream", "error")

path = sys.argv[1]
notebook = nbformat.read(path, as_version=4)
code = [cell for cell in notebook.cells if cell.cell_type == "code"]
manager, client = start_new_kernel(kernel_name="deno", cwd=path.rpartition("/")[0] or ".")
cells = {}


def receive(seconds):
    """Adds the next output to its cell. Returns the message, or None when none arrives in time."""
    try:
        message = client.get_iopub_msg(timeout=seconds)
    except queue.Empty:
        return None
    cell = cells.get(message["parent_header"].get("msg_id"))
    if cell is not None and message["msg_type"] in SHOWN:
        cell.outputs.append(nbformat.v4.output_from_msg(message))
    return message


def execute(cell):
    """Runs a cell and waits until the kernel has answered. Ends the process when it fails."""
    cell.outputs = []
    request = client.execute(cell.source)
    cells[request] = cell
    reply = client.get_shell_msg(timeout=CELL_SECONDS)
    while reply["parent_header"].get("msg_id") != request:
        reply = client.get_shell_msg(timeout=CELL_SECONDS)
    while receive(0.05):
        pass
    content = reply["content"]
    cell.execution_count = content["execution_count"]
    if content["status"] != "ok":
        sys.exit(f"{cell.source}\n\n{content['ename']}: {content['evalue']}")


try:
    for cell in code:
        execute(cell)
    deadline = time.monotonic() + LATE_SECONDS
    while time.monotonic() < deadline and any(
        not cell.outputs and "silent" not in cell.metadata.get("tags", []) for cell in code
    ):
        receive(0.5)
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
sys.stdout.write(nbformat.writes(notebook))
