package verify

import (
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/wording"
)

// Text returns a report in sentences, as the verb writes it, without the name of a file. Citizen numbers are masked.
func Text(in message.Language, report *validation.Report) string {
	t, words := &text{}, wording.Words{Language: in, Moment: moment}
	t.file(0, words.Report(report))
	return t.String()
}
