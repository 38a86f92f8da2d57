using Roost.Rpc;
using Roost.Services.Posts.Log;

namespace Roost.Services.Posts;

/// <summary>
/// Reads what posts say out of the log's records, which lie side by side for who follows the feed: a run of them is
/// copied at once, and of a post of words alone nothing is made but its characters. What was edited, has more than
/// words, or is damaged, goes the way of single posts. Thread-safe.
/// </summary>
internal sealed class PostTextReader(PostLog log, PostIndex index, PostReader reader)
{
    /// <summary>Records of a run; what lies between those that are wanted is copied, too.</summary>
    private const uint RunMax = 512;

    public PostTexts Read(ReadPostTexts request)
    {
        var texts = request.Into;
        texts.Begin(request.Seqs.Count, request.Counted.Count);
        for (var i = 0; i < request.Seqs.Count;)
            i = ReadRun(request.Seqs, i, texts);
        for (var i = 0; i < request.Counted.Count; i++)
        {
            var seq = request.Counted[i];
            texts.SetCounters(i, IsPost(seq) ? index.CountersOf(seq) : null);
        }
        return texts;
    }

    /// <summary>Reads the posts of one run; the reply is the place of the first that is not in it.</summary>
    private int ReadRun(IReadOnlyList<uint> seqs, int from, PostTexts texts)
    {
        var first = seqs[from];
        if (!IsPost(first))
        {
            AddBodiless(first, texts);
            return from + 1;
        }
        var end = from + 1;
        while (end < seqs.Count && seqs[end] > seqs[end - 1] && seqs[end] - first < RunMax)
            end++;
        var last = log.Load(texts.Run, first, Math.Min(seqs[end - 1], log.LastSeq));
        var at = from;
        for (; at < end && (seqs[at] <= last || at == from); at++)
        {
            if (IsPost(seqs[at]))
                Add(seqs[at], seqs[at] <= last ? texts.Run[seqs[at]] : default, texts);
            else
                AddBodiless(seqs[at], texts);
        }
        return at;
    }

    private void Add(uint seq, ReadOnlySpan<byte> record, PostTexts texts)
    {
        if (!TryAdd(seq, record, texts))
            AddWhole(seq, texts);
    }

    private bool TryAdd(uint seq, ReadOnlySpan<byte> record, PostTexts texts)
    {
        if (record.IsEmpty || index.EditOf(seq) != 0)
            return false;
        try
        {
            var body = new EncodedBody(record[RecordFormat.HeaderBytes..]);
            if (body.HasExtras)
                return false;
            var meta = log[seq];
            var post = new LentPost
            {
                Ref = PostReader.Ref(meta),
                Visibility = RecordFlags.Visibility(meta.Flags),
                Quotes = !reader.QuotedIn(seq).Id.IsNone,
                At = DateTimeOffset.FromUnixTimeMilliseconds(meta.AtUnixMilliseconds),
                InReplyTo = meta.Target == 0 ? default : RecordFormat.Target(record),
                Text = default,
                SpoilerText = default,
                Counters = index.CountersOf(seq),
            };
            texts.Add(post, body);
            return true;
        }
        catch (ServiceException damage) when (damage.Code == ErrorCode.DataDamaged)
        {
            // Read whole it fails in the same way, and the operator is told.
            return false;
        }
    }

    private void AddWhole(uint seq, PostTexts texts)
    {
        if (reader.TryRead(seq) is { } post)
            texts.Add(post, index.CountersOf(seq));
        else
            texts.AddNone();
    }

    /// <summary>Adds what is no post: of a boost its record needs no reading.</summary>
    private void AddBodiless(uint seq, PostTexts texts)
    {
        if (!IsLive(seq) || log[seq] is not { Kind: RecordKind.Boost, Target: not 0 } meta)
        {
            texts.AddNone();
            return;
        }
        texts.AddBoost(new LentPost
        {
            Ref = PostReader.Ref(meta),
            At = DateTimeOffset.FromUnixTimeMilliseconds(meta.AtUnixMilliseconds),
            Visibility = RecordFlags.Visibility(meta.Flags),
            Text = default,
            SpoilerText = default,
            Counters = index.CountersOf(seq),
        });
    }

    private bool IsPost(uint seq) => IsLive(seq) && log[seq].Kind is RecordKind.Post or RecordKind.Lost;

    private bool IsLive(uint seq) => seq != 0 && seq <= log.LastSeq && index.IsLive(seq);
}
