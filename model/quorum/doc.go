// Package quorum says who it takes to publish a role: the smallest coalition of holders,
// whether one holder or one organisation is enough, the weakest algorithm that such a
// coalition uses, and which keys can be lost before nobody can publish the role any more.
//
// It is pure. What the metadata does not say of holders is passed in as Known. A key whose
// holder is not known counts as a member of its own, so the coalition that is shown may be
// larger than it has to be; Coalition.Least says how small it can be.
//
// What has to sign a role is what Role.Parents says: the keys of every delegator, because
// clients may come to the role over any of them. A root is signed by the keys of the root
// that it replaces and by its own; Examine answers for a root that keeps its keys, where
// the two are one.
//
// Entry points: Examine, Known.
package quorum
