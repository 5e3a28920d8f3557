"""What is said and decided: pure functions of state, event and `now`. No Telegram, no database, no clock."""
