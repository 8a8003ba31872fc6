import XCTest

@testable import Rehome

/// What would pile up. These run alone, before all others.
final class MemoryTests: XCTestCase {
    func testOpeningAndClosingAThousandTimesLeavesNothingBehind() async throws {
        let phone = try await Phone()
        let configuration = try await phone.configuration()
        func openAndClose(_ times: Int) async throws {
            for _ in 0..<times {
                let rehome = try Rehome(configuration)
                _ = try await rehome.migration().state()
                await rehome.close()
            }
        }
        try await openAndClose(200)
        let before = try memory()
        try await openAndClose(1000)
        let after = try memory()
        XCTAssertLessThan(after - before, 4096, "kB: \(before) before, \(after) after")
    }

    func testAHundredThousandRecordsCrossOverAPageAtATime() async throws {
        struct Completion: Decodable, Sendable {
            let day: Date
            let isSkipped: Bool
        }
        let phone = try await Phone(completions: 100_000)
        let rehome = try await phone.open()
        var (count, skipped, pages) = (0, 0, 0)
        for try await page in rehome.documents(of: phone.user).list(phone.completions, as: Completion.self) {
            count += page.count
            skipped += page.count { $0.data.isSkipped }
            pages += 1
        }
        XCTAssertEqual(count, 100_000)
        XCTAssertGreaterThan(skipped, 0)
        XCTAssertGreaterThanOrEqual(pages, 100)
        await rehome.close()
    }

    /// What this process has in memory, in kB.
    private func memory() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try XCTUnwrap(text.split(separator: "\n").first { $0.hasPrefix("VmRSS") })
        return try XCTUnwrap(Int(line.split { $0 == " " || $0 == "\t" }[1]))
    }
}
