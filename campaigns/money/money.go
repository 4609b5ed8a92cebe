// Package money counts amounts in hundredths of a penny, as tariffs of postage do.
package money

import (
	"fmt"
	"math"
)

// Money is an amount in hundredths of a penny.
type Money int64

// Pound is one pound.
const Pound Money = 10_000

// String writes pounds and pence, rounded to the penny: £1,204.50.
func (m Money) String() string {
	pence := int64(math.Round(float64(m) / 100))
	sign := ""
	if pence < 0 {
		sign, pence = "−", -pence
	}
	pounds := fmt.Sprint(pence / 100)
	for i := len(pounds) - 3; i > 0; i -= 3 {
		pounds = pounds[:i] + "," + pounds[i:]
	}
	return fmt.Sprintf("%s£%s.%02d", sign, pounds, pence%100)
}

// Pence writes the price of one piece: 38.45p.
func (m Money) Pence() string { return fmt.Sprintf("%d.%02dp", m/100, m%100) }

// Each divides an amount among n; 0 among none.
func (m Money) Each(n int) Money {
	if n <= 0 {
		return 0
	}
	return m / Money(n)
}
