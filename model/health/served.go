package health

import (
	"fmt"

	"trustdeck/model"
)

// Pull says in plain words what a comparison with the registry means for whoever
// pulls the tag. Each part is one sentence or empty; none ends with a stop.
type Pull struct {
	// Severity is Notice where nothing is wrong or nothing is known.
	Severity model.Severity
	// Verdict is what was found.
	Verdict string
	// Trusting is what "docker pull" with content trust does, Plain what it
	// does without.
	Trusting, Plain string
	// Remedy is what to do next.
	Remedy string
}

// ExplainServed explains a comparison. The texts hold nothing of what the registry
// said but digest, size and the text of a Fault.
func ExplainServed(s model.Served) Pull {
	switch s.State {
	case model.ServedSame:
		return explainSame(s)
	case model.ServedDiffers:
		return explainDiffers(s)
	case model.ServedUnsigned:
		return Pull{
			Severity: model.Warning,
			Verdict:  "the registry serves " + s.Manifest.Digest + ", and nothing is signed that could be compared with it",
			Trusting: "with content trust, docker pull refuses the tag",
			Plain:    "without content trust, docker pull gets the image, and nothing vouches for it",
			Remedy:   "sign the tag, if the image is the one that should be there",
		}
	case model.ServedAbsent:
		return explainAbsent(s)
	case model.ServedUnknown:
		p := Pull{Verdict: "the registry could not be asked"}
		if s.Fault != nil {
			p.Verdict += ": " + s.Fault.Error()
			p.Remedy = s.Fault.Hint
		}
		return p
	default:
		return Pull{Verdict: "the registry was not asked"}
	}
}

func explainSame(s model.Served) Pull {
	p := Pull{
		Verdict:  "the registry serves the signed digest",
		Trusting: "with content trust and without, docker pull gets the signed image",
	}
	if s.SizeDiffers() {
		p.Severity = model.Warning
		p.Verdict += fmt.Sprintf(", of %d bytes, while %d are signed", s.Manifest.Size, s.SignedSize)
		p.Trusting += ", for it does not look at the size; notary verify refuses it"
		p.Remedy = "sign the tag again, with the right size"
	}
	return p
}

func explainDiffers(s model.Served) Pull {
	p := Pull{
		Severity: model.Warning,
		Verdict:  "the registry serves " + s.Manifest.Digest + " under the tag, which is not the signed digest",
		Plain:    "without content trust, docker pull gets what the registry serves, and not what was signed",
		Remedy: "find out who pushed it: if it is meant to be there, sign the tag again; " +
			"if it is not, push the signed image again, and look into who can write to the registry",
	}
	switch s.Held {
	case model.HeldYes:
		p.Trusting = "with content trust, docker pull asks for the signed digest and not for the tag, so it still gets the signed image"
	case model.HeldNo:
		p.Severity = model.Failure
		p.Trusting = "with content trust, docker pull asks for the signed digest, which the registry does not have any more, so it fails"
	default:
		p.Trusting = "with content trust, docker pull asks for the signed digest and not for the tag"
	}
	return p
}

func explainAbsent(s model.Served) Pull {
	p := Pull{
		Severity: model.Warning,
		Verdict:  "the registry has no such tag",
		Plain:    "without content trust, docker pull does not find it",
		Remedy:   "push the signed image again, or, if it was deleted on purpose, revoke the tag",
	}
	switch {
	case s.Signed == "":
		p.Severity = model.Notice
		p.Verdict += ", and nothing is signed for it"
		p.Trusting = "with content trust, docker pull does not find it either"
		p.Remedy = "check the name"
	case s.Held == model.HeldYes:
		p.Trusting = "with content trust, docker pull asks for the signed digest, which the registry still has, so it works"
	case s.Held == model.HeldNo:
		p.Severity = model.Failure
		p.Trusting = "with content trust, docker pull asks for the signed digest, which the registry does not have either, so it fails"
	default:
		p.Trusting = "with content trust, docker pull asks for the signed digest and not for the tag"
	}
	return p
}
