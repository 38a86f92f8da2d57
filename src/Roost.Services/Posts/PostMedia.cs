using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Services.Media;
using Roost.Services.Posts.Log;

namespace Roost.Services.Posts;

/// <summary>
/// Tells Media which post shows which pictures, and which posts are gone: from the log itself, after the records are
/// durable, so that a crash in between leaves nothing that is not made up for at the next start. Media keeps how far it
/// was told; here that is <see cref="_place"/>.
/// </summary>
/// <remarks>
/// Records say by a flag whether they have pictures, so all others cost a look at their row. One loop owns the order;
/// whoever needs what was just written waits for it with <see cref="ReachAsync"/>.
/// </remarks>
internal sealed partial class PostMedia(PostLog log, PostIndex index, MediaApi media, ILogger<PostMedia> logger)
{
    private const int RecordsPerTurn = 1 << 16;

    /// <summary>Records without any news for Media after which it is told all the same how far it goes: then the next
    /// start need not look at them.</summary>
    private const uint RecordsUntold = 1 << 20;

    private readonly FeedPlace _place = new();
    private uint _told;

    /// <summary>
    /// Catches up with the log, before anybody writes to it. On a full disk nothing is told yet: the loop tells it when
    /// there is room.
    /// </summary>
    public async Task StartAsync(CancellationToken ct)
    {
        var settled = Math.Min(await media.Settled(new GetSettled(), Call.Until(ct)), log.LastSeq);
        var fates = new List<MediaFate>();
        Gather(settled + 1, log.LastSeq, fates);
        try
        {
            await media.Settle(new SettleMedia(fates, log.LastSeq, FreeOthers: true), Call.Until(ct));
            _told = log.LastSeq;
        }
        catch (ServiceException full) when (full.Code == ErrorCode.StorageFull)
        {
            _told = settled;
            CannotTellYet(full.Message);
        }
        _place.Reached(_told);
    }

    /// <summary>Follows the log until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        await foreach (var (first, last) in log.FollowAsync((uint)_place.Done + 1, RecordsPerTurn, ct))
        {
            var fates = new List<MediaFate>();
            Gather(first, last, fates);
            if (fates.Count > 0 || last - _told >= RecordsUntold)
            {
                await media.Settle(new SettleMedia(fates, last), Call.Until(ct));
                _told = last;
            }
            _place.Reached(last);
        }
    }

    /// <summary>Records that Media has not been told of.</summary>
    public long Lag => Math.Max(0, log.LastSeq - _place.Done);

    /// <summary>Waits until Media has been told of everything that is in the log now.</summary>
    public ValueTask ReachAsync(CancellationToken ct) => _place.WaitAsync(log.LastSeq, ct);

    private void Gather(uint first, uint last, List<MediaFate> fates)
    {
        for (var seq = first; seq <= last; seq++)
        {
            var record = log[seq];
            if (record.Kind is RecordKind.Post or RecordKind.Edit && (record.Flags & RecordFlags.HasMedia) != 0)
                AddShown(record, fates);
            else if (record.Kind == RecordKind.Delete && HadMedia(record.Target))
                fates.Add(new MediaFate(FateOf(record), log[record.Target].Id, []));
        }
    }

    /// <summary>Which pictures a damaged post showed nobody can tell: it is left out, and the operator told.</summary>
    private void AddShown(in RecordMeta record, List<MediaFate> fates)
    {
        var post = log[record.Post].Id;
        try
        {
            var shown = PostBody.Decode(log.Read(record.Seq).Payload.Span).Extras?.Media ?? [];
            fates.Add(new MediaFate(MediaFateKind.Shown, post, [.. shown.Select(item => item.Id)]));
        }
        catch (ServiceException damage) when (damage.Code == ErrorCode.DataDamaged)
        {
            RecordDamaged(damage.Detail ?? damage.Message, record.Seq);
        }
    }

    private static MediaFateKind FateOf(in RecordMeta deletion) =>
        (deletion.Flags & RecordFlags.RemovesMedia) != 0 ? MediaFateKind.Removed : MediaFateKind.Freed;

    /// <summary>Whether a post shows or, before an edit, showed pictures.</summary>
    private bool HadMedia(uint seq)
    {
        if (seq == 0 || log[seq].Kind != RecordKind.Post)
            return false;
        if ((log[seq].Flags & RecordFlags.HasMedia) != 0)
            return true;
        if (index.EditOf(seq) == 0)
            return false;
        for (var entry = index.ByTarget.Newest((int)seq); !entry.IsNone; entry = index.ByTarget.Previous(entry))
        {
            if (log[entry.Seq] is { Kind: RecordKind.Edit } edit && (edit.Flags & RecordFlags.HasMedia) != 0)
                return true;
        }
        return false;
    }

    [LoggerMessage(
        Level = LogLevel.Warning, Message = "Which posts show which pictures is told later. {Why}")]
    private partial void CannotTellYet(string why);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The pictures of post record {Seq} are not known, since it is damaged: {Damage} Run 'roost check'.")]
    private partial void RecordDamaged(string damage, uint seq);
}
