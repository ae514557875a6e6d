package site

import (
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/application"
)

// FieldWords writes the value of a form's field for people: a choice by its words, a date and a mobile number as people write them.
func FieldWords(l message.Language, f application.Field, value string) string {
	switch f.Input {
	case application.Choice:
		if slices.Contains(f.Choices, value) {
			return message.Text(l, "form.choice."+f.Name+"_"+value)
		}
	case application.Checkbox:
		return message.Text(l, "application.yes")
	case application.Phone:
		if len(value) == len("+905XXXXXXXXX") {
			return value[:3] + " " + value[3:6] + " " + value[6:9] + " " + value[9:11] + " " + value[11:]
		}
	case application.Date:
		if day, err := time.Parse(time.DateOnly, value); err == nil {
			return Day(l, day)
		}
	}
	return value
}
