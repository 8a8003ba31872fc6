/// Moments as documents have them.
import Foundation

/// Decodes a moment as `2026-01-31T12:00:00.5Z`, with up to nine digits after the second: more than Foundation's own
/// formatters take, and thousands of them are in a list.
@Sendable func moment(_ decoder: any Decoder) throws -> Date {
    let container = try decoder.singleValueContainer()
    guard let date = moment(of: try container.decode(String.self)) else {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "this is no moment in time")
    }
    return date
}

func moment(of text: String) -> Date? {
    let halves = text.utf8.split(separator: UInt8(ascii: "T"), maxSplits: 1)
    guard halves.count == 2, halves[1].last == UInt8(ascii: "Z") else { return nil }
    // A year before the year nothing begins with a minus.
    let isBefore = halves[0].first == UInt8(ascii: "-")
    let date = numbers(isBefore ? halves[0].dropFirst() : halves[0], by: "-")
    let clock = halves[1].dropLast().split(separator: UInt8(ascii: "."), maxSplits: 1)
    guard let time = clock.first.map({ numbers($0, by: ":") }), date.count == 3, time.count == 3 else { return nil }
    var fraction = 0.0
    if clock.count == 2 {
        guard let parts = Double("0." + String(decoding: clock[1], as: UTF8.self)) else { return nil }
        fraction = parts
    }
    let days = days(isBefore ? -date[0] : date[0], date[1], date[2])
    let seconds = ((days * 24 + time[0]) * 60 + time[1]) * 60 + time[2]
    return Date(timeIntervalSince1970: Double(seconds) + fraction)
}

private func numbers(_ text: Substring.UTF8View, by separator: Unicode.Scalar) -> [Int] {
    text.split(separator: UInt8(ascii: separator)).compactMap { Int(String(decoding: $0, as: UTF8.self)) }
}

/// Days since 1970 (Howard Hinnant's `days_from_civil`).
private func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
}
