"""The twin's compiled loops: pure functions over arrays, reached through ``zhizao.twin``."""
