// Package detail lays out the facts about a role for whichever screen shows it:
// the pane beside the tree and the screen of the role. It reads verdicts and
// makes none.
//
// Entry points: Role, Mark, Holder.
package detail
