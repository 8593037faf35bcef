"""The window. The only place that imports PySide6 and pyqtgraph; holds no maths."""
