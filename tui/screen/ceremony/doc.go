// Package ceremony is the page of a ceremony: what to do now, who is next and what is left, always in the
// same line, and below it everyone who is asked to sign. The file is read again every few seconds, so that
// it shows what others bring in.
//
// Entry point: New.
package ceremony
