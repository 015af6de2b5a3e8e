"""Files as raw tables: text, spreadsheets, and every other form that a plant hands out."""
