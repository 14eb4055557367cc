"""The dialogues: each file reads as the conversation it holds. Six rules keep replay true.

1. Between two awaits, only compute. Whatever touches the world is `do` or `hold`.
2. No clock, no random, no database: the facts were fixed at the call's first turn.
3. The words stand in the script, with the prompt's id before them.
4. Trouble with the keypad belongs to `ask` and `choose`; trouble with outcomes is a `while` here.
5. Reword freely. A changed order of questions is noticed, and the caller is asked to start again.
6. A dialogue longer than a page has a smaller one in it: make it a function and await it.
"""
