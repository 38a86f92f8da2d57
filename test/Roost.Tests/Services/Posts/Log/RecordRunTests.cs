using Roost.Services.Posts.Log;
using Xunit;

namespace Roost.Tests.Services.Posts.Log;

/// <summary>Out of memory and from disk alike: the harness keeps 256 KiB, and some segments of 64 KiB are
/// older.</summary>
public sealed class RecordRunTests : IDisposable
{
    private readonly LogHarness _harness = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _harness.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Runs_hold_what_records_are_one_by_one(bool isReopened)
    {
        const int Seed = 42;
        var random = new Random(Seed);
        var log = _harness.Open();
        for (var i = 0; i < 60; i++)
        {
            await log.AppendAllAsync(
                [.. Enumerable.Range(0, random.Next(1, 80)).Select(
                    _ => LogHarness.Draft(new string('x', random.Next(0, 400)), author: random.Next(1, 9)))],
                Ct);
        }
        if (isReopened)
        {
            await log.DisposeAsync();
            log = _harness.Open();
        }
        Assert.True(_harness.Segments.Length > 6);
        var run = new RecordRun();

        var seq = 1u;
        while (seq <= log.LastSeq)
        {
            var last = log.Load(run, seq, Math.Min(log.LastSeq, seq + (uint)random.Next(1, 300)));
            Assert.True(last >= seq, $"seed {Seed}: nothing at {seq}");
            for (; seq <= last; seq++)
            {
                var record = log.Read(seq);
                Assert.Equal(record.Header, RecordFormat.Header(run[seq]));
                Assert.Equal(record.Payload.Span, run[seq][RecordFormat.HeaderBytes..]);
            }
        }
        await log.DisposeAsync();
    }

    [Fact]
    public async Task A_damaged_record_is_left_out_and_its_neighbours_are_not()
    {
        await using (var log = _harness.Open())
        {
            for (var i = 0; i < 400; i++)
                await log.AppendAsync(LogHarness.Draft(new string('x', 200)), Ct);
        }
        // In a sealed segment, which a start reads the index of.
        using (var file = File.OpenWrite(_harness.Segments[0]))
        {
            file.Position = 32 + (3 * 260) + 100;
            file.WriteByte((byte)'y');
        }
        await using var again = _harness.Open();
        var run = new RecordRun();

        var last = again.Load(run, 1, 10);

        Assert.Equal(10u, last);
        Assert.True(run[4].IsEmpty);
        Assert.Equal(260, run[3].Length);
        Assert.Equal(260, run[5].Length);
    }
}
