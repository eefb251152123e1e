"""The contract with analysts: views that keep their names, columns and meanings, whatever happens to the tables behind them."""
