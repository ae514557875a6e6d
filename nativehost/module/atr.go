package module

import (
	"errors"
	"fmt"
)

// maxATR is the longest answer to reset: the initial character and 32 more (ISO/IEC 7816-3, 8.2.1).
const maxATR = 33

// Historical returns the historical bytes of an answer to reset, which name the card's operating system;
// they are part of atr. It is strict (ISO/IEC 7816-3, 8.2): nothing may be missing, too much, or wrong in
// the checksum.
func Historical(atr []byte) ([]byte, error) {
	if len(atr) < 2 || len(atr) > maxATR {
		return nil, fmt.Errorf("answer to reset of %d bytes", len(atr))
	}
	if atr[0] != 0x3b && atr[0] != 0x3f {
		return nil, fmt.Errorf("initial character %#02x", atr[0])
	}
	start, checked, err := interfaceBytes(atr)
	if err != nil {
		return nil, err
	}
	end := start + int(atr[1]&0x0f)
	length := end
	if checked {
		length++
	}
	if len(atr) != length {
		return nil, fmt.Errorf("answer to reset of %d bytes where it announces %d", len(atr), length)
	}
	if checked {
		sum := byte(0)
		for _, b := range atr[1:] {
			sum ^= b
		}
		if sum != 0 {
			return nil, errors.New("answer to reset with a wrong checksum")
		}
	}
	return atr[start:end], nil
}

// interfaceBytes passes over T0 and the interface bytes (8.2.3). It returns where they end, and whether a
// checksum follows the historical bytes: for any protocol but T=0 alone (8.2.5).
func interfaceBytes(atr []byte) (end int, checked bool, err error) {
	follow := atr[1] >> 4 // which of TA, TB, TC and TD are there, in the bits from the lowest
	end = 2
	for follow != 0 {
		for bit := byte(1); bit < 8; bit <<= 1 {
			if follow&bit != 0 {
				end++
			}
		}
		if follow&8 == 0 {
			break
		}
		if end >= len(atr) {
			return 0, false, errors.New("answer to reset ends in its interface bytes")
		}
		td := atr[end]
		end++
		checked = checked || td&0x0f != 0
		follow = td >> 4
	}
	if end > len(atr) {
		return 0, false, errors.New("answer to reset ends in its interface bytes")
	}
	return end, checked, nil
}
