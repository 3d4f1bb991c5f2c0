// Package ceremony tests what ceremonies hand from machine to machine against programs that know
// nothing of trustdeck: clients of both dialects, and a decoder of QR codes.
package ceremony
