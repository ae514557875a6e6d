package sandbox

import "strings"

// person is somebody who can log in. All are invented.
type person struct {
	id            string // on the login page
	subject       string // "sub": opaque, the same for ever
	given, family string
	citizenNumber string
	phone         string // of no operator
}

func (p *person) name() string { return p.given + " " + p.family }

// people are all the persons there are. Two of the numbers pass the checksum of citizen numbers; the
// third is Kamu SM's own test value, which does not.
var people = []person{
	{id: "p1", subject: "q7m2-vkz4-0ha8", given: "Ayşe", family: "Yılmaz", citizenNumber: "10000000146", phone: "0599 000 00 01"},
	{id: "p2", subject: "d3xw-9tfn-51ce", given: "Mehmet", family: "Öztürk", citizenNumber: "11111111110", phone: "0599 000 00 02"},
	{id: "p3", subject: "u8by-6grj-27ps", given: "Işıl Çiğdem", family: "Şahin", citizenNumber: "11111111101", phone: "0599 000 00 03"},
}

// isNobodys reports whether a number has the form of citizen numbers and fails their checksum, so that no person can have
// it. Tests that need more people than there are take such.
func isNobodys(number string) bool {
	if len(number) != 11 || number[0] == '0' || strings.Trim(number, "0123456789") != "" {
		return false
	}
	digit := func(i int) int { return int(number[i] - '0') }
	odd, even := 0, 0
	for i := 0; i < 9; i += 2 {
		odd += digit(i)
	}
	for i := 1; i < 8; i += 2 {
		even += digit(i)
	}
	tenth := ((7*odd-even)%10 + 10) % 10
	return digit(9) != tenth || digit(10) != (odd+even+tenth)%10
}

// personWith returns the first person for whom is holds, or nil.
func personWith(is func(*person) bool) *person {
	for i := range people {
		if is(&people[i]) {
			return &people[i]
		}
	}
	return nil
}
