"""``python -m zhizao``: the command line, where its own name is not on the path."""

from zhizao.cli import main

if __name__ == "__main__":
    main()
