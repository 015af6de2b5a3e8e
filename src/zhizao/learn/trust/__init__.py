"""How right the twin was: back-test, plain methods, scores, and what is learnt better by them."""
