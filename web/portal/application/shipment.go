package application

import (
	"regexp"
	"strings"
)

var (
	shipmentPattern = regexp.MustCompile(`^[A-Z0-9]{6,40}$`)
	shipmentFillers = strings.NewReplacer(" ", "", "\t", "", "-", "", ".", "")
)

// ShipmentNumber returns a carrier's number as it is kept: 6 to 40 capital letters and digits of ASCII. Blanks, dashes and full
// stops that people type between them do not count. ok is false if the text cannot be such a number.
func ShipmentNumber(typed string) (number string, ok bool) {
	number = strings.ToUpper(shipmentFillers.Replace(strings.TrimSpace(typed)))
	return number, shipmentPattern.MatchString(number)
}
