package pivcard

import "time"

// The elements of the dynamic authentication template (SP 800-73-4, part 2, table 7).
const (
	tagTemplate       = 0x7c
	tagWitness        = 0x80
	tagChallenge      = 0x81
	tagResponse       = 0x82
	tagExponentiation = 0x85
)

// template is what GENERAL AUTHENTICATE is given: an element that is empty asks for an answer.
type template struct{ witness, challenge, response, exponentiation *[]byte }

func parseTemplate(data []byte) (out template, good bool) {
	outer, good := elements(data)
	if !good || len(outer) != 1 || outer[0].tag != tagTemplate {
		return template{}, false
	}
	inner, good := elements(outer[0].value)
	if !good {
		return template{}, false
	}
	for _, e := range inner {
		field := map[uint32]**[]byte{
			tagWitness: &out.witness, tagChallenge: &out.challenge, tagResponse: &out.response, tagExponentiation: &out.exponentiation,
		}[e.tag]
		if field == nil || *field != nil {
			return template{}, false
		}
		*field = &e.value
	}
	return out, true
}

func asks(field *[]byte) bool { return field != nil && len(*field) == 0 }

func gives(field *[]byte) bool { return field != nil && len(*field) > 0 }

// authenticate is GENERAL AUTHENTICATE (part 2, 3.2.4).
func (p *piv) authenticate(c Command) ([]byte, status) {
	pending := p.status.pending
	p.status.pending = nil
	if c.P2 == refManager {
		return p.authenticateManager(c, pending)
	}
	s := p.slots[c.P2]
	if s == nil || c.P2 == refAttestation {
		return nil, wrongParameters
	}
	p.ledger.uses.Add(1)
	if s.key == nil {
		return nil, conditions
	}
	if c.P1 != s.key.algorithm {
		return nil, wrongParameters
	}
	t, good := parseTemplate(c.Data)
	if !good || t.witness != nil || !asks(t.response) || gives(t.challenge) == gives(t.exponentiation) {
		return nil, wrongData
	}
	if !p.status.satisfies(s.key.use()) {
		return nil, notSatisfied
	}
	if !p.touched(s.key.touch) {
		return nil, notSatisfied
	}
	use, input := s.key.private.sign, t.challenge
	if gives(t.exponentiation) {
		use, input = s.key.private.agree, t.exponentiation
	}
	result, sw := use(*input)
	if sw != ok {
		return nil, sw
	}
	return tlv(tagTemplate, tlv(tagResponse, result)), ok
}

// cacheTime is for how long a touch holds that may be cached.
const cacheTime = 15 * time.Second

// touched waits for the touch that a policy wants; it is false where none came in time.
func (p *piv) touched(policy byte) bool {
	if policy == touchNever || policy == touchCached && time.Since(p.lastTouch) < cacheTime {
		return true
	}
	if !p.sensor.await(p.power, p.touchLimit) {
		return false
	}
	p.lastTouch = time.Now()
	return true
}
