package timestamp

import (
	"cmp"
	"encoding/asn1"
	"strconv"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/fault"
)

// Values of PKIStatus (RFC 3161, 2.4.2).
const (
	statusGranted         = 0
	statusGrantedWithMods = 1
	statusLast            = 5 // revocationNotification
)

// failures are the bits of PKIFailureInfo (RFC 3161, 2.4.2).
var failures = map[int]string{
	0: "badAlg", 2: "badRequest", 5: "badDataFormat", 14: "timeNotAvailable", 15: "unacceptedPolicy",
	16: "unacceptedExtension", 17: "addInfoNotAvailable", 25: "systemFailure",
}

const (
	// maxFailures is how many bits PKIFailureInfo may have.
	maxFailures = 64

	// Failures of the authority's own, which pass.
	failureTimeNotAvailable = 14
	failureSystem           = 25
)

// readResponse reads a TimeStampResp (RFC 3161, 2.4.2) and returns its token.
func readResponse(ber []byte) (*Token, error) {
	elements, err := cms.Elements(ber, 2)
	if err != nil || len(elements) == 0 || ber[0] != byte(cbasn1.SEQUENCE) {
		return nil, invalid("the answer is not a TimeStampResp: %v", err)
	}
	status, err := cms.ToDER(elements[0])
	if err != nil {
		return nil, invalid("status of the TimeStampResp: %w", err)
	}
	if err := readStatus(status); err != nil {
		return nil, err
	}
	if len(elements) != 2 {
		return nil, invalid("the TimeStampResp grants a time stamp and has none")
	}
	return Parse(elements[1])
}

// readStatus reads PKIStatusInfo. It returns nil where a token has been granted. A refusal says why, in the authority's words.
func readStatus(der cryptobyte.String) error {
	var info, texts cryptobyte.String
	var status int
	var failure asn1.BitString
	if !der.ReadASN1(&info, cbasn1.SEQUENCE) || !der.Empty() || !info.ReadASN1Integer(&status) || status < 0 || status > statusLast {
		return invalid("status of the TimeStampResp")
	}
	if info.PeekASN1Tag(cbasn1.SEQUENCE) && !info.ReadASN1(&texts, cbasn1.SEQUENCE) ||
		info.PeekASN1Tag(cbasn1.BIT_STRING) && !info.ReadASN1BitString(&failure) || failure.BitLength > maxFailures || !info.Empty() {
		return invalid("PKIStatusInfo of the TimeStampResp")
	}
	if status == statusGranted || status == statusGrantedWithMods {
		return nil
	}
	code, names := fault.TimestampRefused, []string(nil)
	for bit := range failure.BitLength {
		if failure.At(bit) == 0 {
			continue
		}
		if bit == failureTimeNotAvailable || bit == failureSystem {
			code = fault.TimestampUnavailable
		}
		names = append(names, cmp.Or(failures[bit], "failure "+strconv.Itoa(bit)))
	}
	return fault.Errorf(code, "the authority refuses with status %d, %s: %.200q", status, strings.Join(names, ", "), freeText(texts))
}

// freeText joins the strings of PKIFreeText, as far as they are strings.
func freeText(texts cryptobyte.String) string {
	var all []string
	for !texts.Empty() {
		var text cryptobyte.String
		if !texts.ReadASN1(&text, cbasn1.UTF8String) {
			break
		}
		all = append(all, string(text))
	}
	return strings.Join(all, " ")
}
