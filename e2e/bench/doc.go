// Package bench compares trustdeck with its peers and with a bound, in one run, and
// prints ratios: nothing passes or fails because of a number of seconds. "make bench" runs
// it.
//
// The bound (bench/bound) is a program that makes the same requests, 16 at a time on
// kept-alive connections, checks one signature of each file and decodes it once with
// encoding/json. bench/bare is a Bubble Tea program that draws one full frame and nothing
// else.
package bench
