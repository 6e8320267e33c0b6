@rem npm's scripts begin with exec, so that signals to npm reach the command: cmd.exe has no exec.
@%*
