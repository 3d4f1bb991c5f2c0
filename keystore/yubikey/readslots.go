//go:build yubikey

package yubikey

import (
	"bytes"
	"compress/gzip"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"io"
	"math/big"

	"trustdeck/model"
)

// The algorithms of keys (SP 800-78-4, table 6-2, and Yubico's).
const (
	algRSA1024 = 0x06
	algRSA2048 = 0x07
	algRSA3072 = 0x05
	algRSA4096 = 0x16
	algP256    = 0x11
	algP384    = 0x14
	algEd25519 = 0xe0
	algX25519  = 0xe1
)

// readSlots reads the slots that hold something.
func (k *token) readSlots(s *session) *model.Fault {
	for _, slot := range slotIDs {
		read, holds, fault := k.readSlot(s, slot)
		if fault != nil {
			return fault
		}
		if holds {
			k.Slots = append(k.Slots, read)
		}
	}
	return nil
}

// readSlot reads one slot; holds is false where nothing is known to be in it.
func (k *token) readSlot(s *session, slot byte) (out model.TokenSlot, holds bool, fault *model.Fault) {
	out.ID = slotName(slot)
	known, err := k.readKey(s, slot, &out)
	if err != nil {
		return out, false, err
	}
	content, fault := s.object(object(slot))
	if fault != nil {
		return out, false, fault
	}
	if len(content) == 0 {
		out.State = model.SlotKeyOnly
		return out, known == keyThere, nil
	}
	certificate, err := readCertificate(s.subject, content)
	if err != nil {
		out.State = model.SlotKeyOnly
		if known != keyThere {
			out.State = model.SlotCertificateOnly
		}
		out.Fault = err
		return out, true, nil
	}
	describe(&out, certificate, known)
	return out, true, nil
}

// knowledge is what a token tells of the key in a slot.
type knowledge int

const (
	// keyUnknown: older firmware tells only of keys that it has made itself.
	keyUnknown knowledge = iota
	keyThere
	keyAbsent
)

// readKey reads what the token tells of the private key in a slot.
func (k *token) readKey(s *session, slot byte, out *model.TokenSlot) (knowledge, *model.Fault) {
	if !k.firmware.hasMetadata() {
		return k.readAttested(s, slot, out)
	}
	fields, ok, fault := s.metadata(slot)
	if fault != nil || !ok {
		return keyAbsent, fault
	}
	if policy := fields[tagPolicy]; len(policy) == 2 {
		out.PIN, out.Touch = pinPolicy(policy[0]), touchPolicy(policy[1])
	}
	if origin := fields[tagOrigin]; len(origin) == 1 {
		out.Origin = map[byte]model.KeyOrigin{1: model.OriginToken, 2: model.OriginImported}[origin[0]]
	}
	alg := fields[tagAlgorithm]
	if len(alg) != 1 {
		return keyThere, nil
	}
	out.Algorithm = algorithmName(alg[0])
	if public := publicKey(alg[0], fields[tagPublic]); public != nil {
		out.SPKI = marshalPublic(public)
	}
	return keyThere, nil
}

// readAttested reads the same from the attestation of a key.
func (k *token) readAttested(s *session, slot byte, out *model.TokenSlot) (knowledge, *model.Fault) {
	der, ok, fault := s.ask(insAttest, slot, 0, nil)
	if fault != nil || !ok {
		return keyUnknown, fault
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return keyUnknown, nil
	}
	out.Origin = model.OriginToken
	out.SPKI, out.Algorithm = certificate.RawSubjectPublicKeyInfo, certificateAlgorithm(certificate)
	for _, e := range certificate.Extensions {
		if e.Id.Equal(extensionPolicy) && len(e.Value) == 2 {
			out.PIN, out.Touch = pinPolicy(e.Value[0]), touchPolicy(e.Value[1])
		}
	}
	return keyThere, nil
}

// extensionPolicy has the policies of an attested key.
var extensionPolicy = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 41482, 3, 8}

// describe adds what a certificate says, and whether it is one of the key.
func describe(out *model.TokenSlot, certificate *x509.Certificate, known knowledge) {
	out.Certificate = certificate.Raw
	out.Subject, out.Expires = certificate.Subject.CommonName, certificate.NotAfter
	spki := certificate.RawSubjectPublicKeyInfo
	switch {
	case known == keyUnknown:
		out.State, out.SPKI, out.Algorithm = model.SlotUnproved, spki, certificateAlgorithm(certificate)
	case known == keyAbsent:
		out.State, out.SPKI, out.Algorithm = model.SlotCertificateOnly, spki, certificateAlgorithm(certificate)
		out.Fault = slotFault(out.ID, "holds a certificate, but not its private key",
			"Import the key into this slot from its backup. To remove the certificate instead: \"ykman piv certificates delete "+out.ID+"\".")
	case out.SPKI == nil:
		out.State = model.SlotUnproved
	case !bytes.Equal(out.SPKI, spki):
		out.State = model.SlotMismatch
		out.Fault = slotFault(out.ID, "holds a certificate of another key than the one in it", "Write the certificate again, or import the key that it belongs to.")
	default:
		out.State = model.SlotWhole
	}
}

func slotFault(slot, text, hint string) *model.Fault {
	return &model.Fault{Kind: model.FaultLocal, Subject: "slot " + slot, Text: text, Hint: hint}
}

// readCertificate reads the object in which a slot keeps its certificate, which may be compressed
// (SP 800-73-4, part 1, appendix A).
func readCertificate(subject string, content []byte) (*x509.Certificate, *model.Fault) {
	const tagCertificate, tagInfo, compressed = 0x70, 0x71, 0x01
	fields, ok := elements(content)
	der := fields[tagCertificate]
	if !ok || len(der) == 0 {
		return nil, bad(subject, "holds a certificate that is cut off", nil)
	}
	if info := fields[tagInfo]; len(info) == 1 && info[0]&compressed != 0 {
		unpacked, err := gzip.NewReader(bytes.NewReader(der))
		if err == nil {
			der, err = io.ReadAll(io.LimitReader(unpacked, maxAnswer))
		}
		if err != nil {
			return nil, bad(subject, "holds a certificate that can't be unpacked", err)
		}
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, bad(subject, "holds a certificate that can't be read", err)
	}
	return certificate, nil
}

func pinPolicy(b byte) model.UsePolicy {
	switch b {
	case 1:
		return model.PolicyNever
	case 2:
		return model.PolicyOnce
	case 3:
		return model.PolicyAlways
	default:
		return model.PolicyUnknown // by fingerprint, or newer than this program
	}
}

func touchPolicy(b byte) model.UsePolicy {
	switch b {
	case 1:
		return model.PolicyNever
	case 2:
		return model.PolicyAlways
	case 3:
		return model.PolicyCached
	default:
		return model.PolicyUnknown
	}
}

// publicKey decodes a public key as tokens give it (SP 800-73-4, part 2, table 11); nil where it
// isn't one.
func publicKey(alg byte, encoded []byte) any {
	fields, _ := elements(encoded)
	point := fields[0x86]
	switch alg {
	case algP256, algP384:
		curve := elliptic.P256()
		if alg == algP384 {
			curve = elliptic.P384()
		}
		if public, err := ecdsa.ParseUncompressedPublicKey(curve, point); err == nil {
			return public
		}
	case algEd25519:
		if len(point) == ed25519.PublicKeySize {
			return ed25519.PublicKey(point)
		}
	case algX25519:
		if public, err := ecdh.X25519().NewPublicKey(point); err == nil {
			return public
		}
	case algRSA1024, algRSA2048, algRSA3072, algRSA4096:
		n, e := new(big.Int).SetBytes(fields[0x81]), new(big.Int).SetBytes(fields[0x82])
		if n.BitLen() > 0 && e.IsInt64() && e.Int64() > 1 && e.BitLen() < 32 {
			return &rsa.PublicKey{N: n, E: int(e.Int64())}
		}
	}
	return nil
}

func marshalPublic(public any) []byte {
	spki, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil
	}
	return spki
}

// algorithmName is as in model.Key.Algorithm.
func algorithmName(alg byte) string {
	switch alg {
	case algP256:
		return model.ECDSAP256.String()
	case algP384:
		return model.ECDSAP384.String()
	case algEd25519:
		return model.Ed25519.String()
	case algX25519:
		return "X25519"
	case algRSA1024:
		return "RSA 1024"
	case algRSA2048:
		return "RSA 2048"
	case algRSA3072:
		return model.RSA3072.String()
	case algRSA4096:
		return "RSA 4096"
	default:
		return fmt.Sprintf("algorithm %02x", alg)
	}
}

// certificateAlgorithm is the same for the key in a certificate.
func certificateAlgorithm(certificate *x509.Certificate) string {
	switch public := certificate.PublicKey.(type) {
	case *ecdsa.PublicKey:
		return "ECDSA " + public.Curve.Params().Name
	case ed25519.PublicKey:
		return model.Ed25519.String()
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", public.N.BitLen())
	default:
		return certificate.PublicKeyAlgorithm.String()
	}
}
