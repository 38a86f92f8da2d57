using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Services.Media;
using Roost.Services.Posts.Log;

namespace Roost.Services.Posts;

/// <summary>
/// Tells Media which post shows which pictures, and which posts are gone: from the log itself, after the records are
/// durable, so that a crash in between leaves nothing that is not made up for at the next start. Media keeps how far it
/// was told; here that is <see cref="_place"/>. While Media is away, or cannot write, it is told later.
/// </summary>
/// <remarks>
/// Records say by a flag whether they have pictures, so all others cost a look at their row. One loop owns the order;
/// whoever needs what was just written waits for it with <see cref="ReachAsync"/>.
/// </remarks>
internal sealed partial class PostMedia(
    PostLog log, PostIndex index, MediaApi media, TimeProvider time, ILogger<PostMedia> logger)
{
    private const int RecordsPerTurn = 1 << 16;

    /// <summary>Records without any news for Media after which it is told all the same how far it goes: then the next
    /// start need not look at them.</summary>
    private const uint RecordsUntold = 1 << 20;

    private static readonly TimeSpan _againAfter = TimeSpan.FromSeconds(1);

    /// <summary>How long a start waits for a Media service that may not be there.</summary>
    private static readonly TimeSpan _startMax = TimeSpan.FromSeconds(2);

    private readonly FeedPlace _place = new();
    private uint _told;
    private bool _isTellingLater;

    // Written by whoever catches up, read by all.
    private volatile bool _hasCaughtUp;

    /// <summary>
    /// Whether Media knows of all that was written before this process began. Pictures may be used from then on: until
    /// then those that are marked, and are no post's, are made free.
    /// </summary>
    public bool HasCaughtUp => _hasCaughtUp;

    /// <summary>Catches up with the log, before anybody writes to it; or leaves that to the loop.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        try
        {
            await CatchUpAsync(new Call(Deadline.After(_startMax, time), ct));
        }
        catch (ServiceException later) when (IsForLater(later.Code))
        {
            NoteLater(later);
        }
    }

    /// <summary>Follows the log until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        while (true)
        {
            try
            {
                if (!_hasCaughtUp) await CatchUpAsync(Call.Until(ct));
                await FollowAsync(ct);
                return;
            }
            catch (ServiceException later) when (IsForLater(later.Code))
            {
                NoteLater(later);
                await Task.Delay(_againAfter, time, ct);
            }
        }
    }

    private async Task CatchUpAsync(Call asking)
    {
        var ct = asking.Cancellation;
        _told = Math.Min(await media.Settled(new GetSettled(), asking), log.LastSeq);
        _place.Reached(_told);
        while (!_hasCaughtUp)
        {
            var fates = new List<MediaFate>();
            var (seq, end) = ((uint)_place.Done, log.LastSeq);
            var last = end - seq > RecordsPerTurn ? seq + RecordsPerTurn : end;
            Gather(seq + 1, last, fates);
            if (fates.Count > 0 || last == end) await TellAsync(new SettleMedia(fates, last, last == end), ct);
            _place.Reached(last);
            _hasCaughtUp = last == end;
        }
    }

    private async Task FollowAsync(CancellationToken ct)
    {
        await foreach (var (first, last) in log.FollowAsync((uint)_place.Done + 1, RecordsPerTurn, ct))
        {
            var fates = new List<MediaFate>();
            Gather(first, last, fates);
            if (fates.Count > 0 || last - _told >= RecordsUntold) await TellAsync(new SettleMedia(fates, last), ct);
            _place.Reached(last);
        }
    }

    private async Task TellAsync(SettleMedia what, CancellationToken ct)
    {
        await media.Settle(what, Call.Until(ct));
        _told = what.UpTo;
        _isTellingLater = false;
    }

    private static bool IsForLater(ErrorCode code) => code is ErrorCode.StorageFull or ErrorCode.Unavailable
        or ErrorCode.DeadlineExceeded or ErrorCode.Overloaded;

    /// <summary>Once, however long it lasts.</summary>
    private void NoteLater(ServiceException why)
    {
        if (!_isTellingLater) CannotTellYet(why.Message);
        _isTellingLater = true;
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
