"""What the records cannot tell: questions, answers, and what an answer does."""
