"""The room that turns a composed letter into bytes on the wire, and the server's answer into an outcome."""
