// Package quorum says who must sign to publish a role: the smallest coalition of holders,
// whether one holder or one organisation is enough, the weakest algorithm in such a
// coalition, and how many keys can be lost before no one can publish the role.
//
// It is pure. Known passes in what the metadata doesn't say about holders. A key without a
// known holder counts as a separate member, so the shown coalition may be larger than
// necessary; Coalition.Least says how small it can be.
//
// Role.Parents says who must sign a role: the keys of every delegator, because clients may
// reach the role through any of them. The keys of the replaced root and its own keys sign a
// root. Examine answers for a root that keeps its keys, where the two are the same.
//
// Entry points: Examine, Known.
package quorum
