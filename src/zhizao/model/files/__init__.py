"""A plant, its orders and scenarios as files: rows and cells, checks of them, folder and workbook."""
