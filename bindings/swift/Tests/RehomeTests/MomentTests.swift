import Foundation
import Testing

@testable import Rehome

@Test func aMomentIsReadToTheLastDigit() throws {
    #expect(moment(of: "1970-01-01T00:00:00Z") == Date(timeIntervalSince1970: 0))
    #expect(moment(of: "2024-02-29T23:59:59.5Z") == Date(timeIntervalSince1970: 1_709_251_199.5))
    #expect(moment(of: "1969-12-31T23:59:59.25Z") == Date(timeIntervalSince1970: -0.75))
    for wrong in [
        "", "2024-02-29", "2024-02-29T10:00Z", "2024-02-29T10:00:00", "aT10:00:00Z", "2024-02-29T10:00:00.xZ",
    ] {
        #expect(moment(of: wrong) == nil, "\(wrong)")
    }
}
