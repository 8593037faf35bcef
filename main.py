"""Start YOLO Studio: `python main.py [FOLDER]`, or one of its commands."""

from studio.cli import main

if __name__ == "__main__":
    main()
