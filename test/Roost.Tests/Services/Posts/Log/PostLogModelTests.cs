using Roost.Engine.Ids;
using Roost.Services.Posts.Log;
using Xunit;

namespace Roost.Tests.Services.Posts.Log;

/// <summary>Random lives of a log, with reopenings and torn tails, against a list.</summary>
public sealed class PostLogModelTests : IDisposable
{
    private readonly LogHarness _harness = new() { GroupBytesMax = 4 << 10 };
    private readonly List<(RecordMeta Meta, string Text)> _model = [];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _harness.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_log_is_a_list_of_what_was_acknowledged(int variant)
    {
        var seed = Environment.ProcessId * 3 + variant;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var log = _harness.Open();
        try
        {
            for (var step = 0; step < 400; step++)
            {
                _harness.Clock.UnixMilliseconds += random.Next(3);
                switch (random.Next(20))
                {
                    case 0:
                        await log.DisposeAsync();
                        if (random.Next(2) == 0) await TearAsync(random);
                        log = _harness.Open();
                        AssertSame(log, seed);
                        break;
                    case < 8:
                        await AppendAllAsync(log, random);
                        break;
                    case < 12:
                        await AppendAtOnceAsync(log, random);
                        break;
                    default:
                        await AppendAllAsync(log, random, one: true);
                        break;
                }
            }
            AssertSame(log, seed);
        }
        finally
        {
            await log.DisposeAsync();
        }
        Assert.True(_harness.Segments.Length > 2, $"seed {seed}");
    }

    private async Task AppendAllAsync(PostLog log, Random random, bool one = false)
    {
        var drafts = Enumerable.Range(0, one ? 1 : 1 + random.Next(30)).Select(_ => RandomDraft(random)).ToArray();
        if (random.Next(4) == 0) Number(drafts);
        var first = one ? (await log.AppendAsync(drafts[0], Ct)).Seq : await log.AppendAllAsync(drafts, Ct);
        Assert.Equal((uint)_model.Count + 1, first);
        for (var i = 0u; i < drafts.Length; i++) Note(log, first + i, drafts[i]);
    }

    private async Task AppendAtOnceAsync(PostLog log, Random random)
    {
        var drafts = Enumerable.Range(0, 50).Select(_ => RandomDraft(random)).ToArray();
        var metas = await Task.WhenAll(drafts.Select(draft => log.AppendAsync(draft, Ct).AsTask()));
        for (var i = 0; i < drafts.Length; i++)
        {
            Assert.Equal((uint)_model.Count + 1, metas[i].Seq);
            Note(log, metas[i].Seq, drafts[i]);
        }
    }

    private RecordDraft RandomDraft(Random random)
    {
        var target = _model.Count > 0 && random.Next(2) == 0 ? _model[random.Next(_model.Count)].Meta.Id : default;
        var draft = LogHarness.Draft(
            $"{random.Next()}:{new string('y', random.Next(400))}", random.Next(1, 100), target);
        return draft with
        {
            Header = draft.Header with
            {
                Kind = (RecordKind)random.Next(1, 6),
                Answered = new AccountId(random.Next(3)),
                AtUnixMilliseconds = random.Next(2) * 1_000,
            },
        };
    }

    /// <summary>Brings ids as an import does.</summary>
    private void Number(RecordDraft[] drafts)
    {
        var last = _model.Count == 0 ? LogHarness.Id(0) : _model[^1].Meta.Id;
        for (var i = 0; i < drafts.Length; i++)
        {
            last = last.Sequence < PostId.SequenceMax
                ? PostId.Create(last.UnixMilliseconds, 0, last.Sequence + 1)
                : PostId.Create(last.UnixMilliseconds + 1, 0, 0);
            drafts[i] = drafts[i] with { Header = drafts[i].Header with { Id = last } };
        }
    }

    private void Note(PostLog log, uint seq, RecordDraft draft)
    {
        var meta = log[seq];
        var header = draft.Header;
        if (!header.Id.IsNone) Assert.Equal(header.Id, meta.Id);
        if (header.AtUnixMilliseconds != 0) Assert.Equal(header.AtUnixMilliseconds, meta.AtUnixMilliseconds);
        var target = (uint)(_model.FindIndex(entry => entry.Meta.Id == header.Target) + 1);
        Assert.Equal(
            new RecordMeta(
                seq, header.Kind, header.Flags, meta.Id, meta.AtUnixMilliseconds, header.Author, header.Answered,
                header.Target.IsNone ? 0 : target),
            meta);
        _model.Add((meta, System.Text.Encoding.UTF8.GetString(draft.Payload.Span)));
    }

    /// <summary>
    /// A group that was being written when the machine died: part of one, or rubbish, after the durable end.
    /// </summary>
    private async Task TearAsync(Random random)
    {
        if (_model.Count == 0) return;
        var torn = new byte[random.Next(1, 500)];
        random.NextBytes(torn);
        await using var file = new FileStream(_harness.NewestSegment, FileMode.Append);
        if (random.Next(2) == 0)
        {
            var record = new byte[RecordFormat.HeaderBytes + 5];
            RecordFormat.Encode(
                record, (uint)_model.Count + 1, (uint)_model.Count + 1,
                new RecordHeader(
                    RecordKind.Post, 0, new PostId(_model[^1].Meta.Id.Value + 1), 1, default, default, default, 0),
                "never"u8);
            await file.WriteAsync(record, Ct);
        }
        await file.WriteAsync(torn, Ct);
    }

    private void AssertSame(PostLog log, int seed)
    {
        Assert.True(_model.Count == log.LastSeq, $"{log.LastSeq} records, not {_model.Count}; seed {seed}");
        for (var i = 0; i < _model.Count; i++)
        {
            var seq = (uint)i + 1;
            Assert.Equal(_model[i].Meta, log[seq]);
            Assert.Equal(_model[i].Text, LogHarness.Text(log.Read(seq)));
            Assert.Equal(seq, log.SeqOf(_model[i].Meta.Id));
            Assert.Equal(seq, log.LowerBound(_model[i].Meta.Id));
        }
    }
}
