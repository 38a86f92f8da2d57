using System.Text;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts.Log;

namespace Roost.Services.Posts;

/// <summary>
/// Writes posts, edits, boosts, favourites, marks and their undoing: each checks what it leans on, appends one record,
/// and answers when that is durable. Whatever must not happen twice (a key, a boost, a favourite) goes through the
/// <see cref="StripedGate"/> first, since between looking and the record's commit lies a disk.
/// </summary>
internal sealed partial class PostWriter(
    PostLog log, PostIndex index, PostReader reader, PictureBook pictures, PollEnds ends, PostsOptions options,
    TimeProvider time, PostsMetrics metrics) : IDisposable
{
    private readonly StripedGate _gate = new();
    private readonly IdempotencyKeys _keys = new(options);

    /// <summary>Reads the keys of the last hour back from the log. Before the first request.</summary>
    public void RestoreKeys()
    {
        var oldest = Now() - (long)options.IdempotencyWindow.TotalMilliseconds;
        var keyed = new Stack<uint>();
        for (var seq = log.LastSeq; seq > 0 && log[seq].AtUnixMilliseconds >= oldest; seq--)
        {
            var isKeyed = log[seq].Kind == RecordKind.Post && (log[seq].Flags & RecordFlags.Keyed) != 0;
            if (isKeyed && keyed.Count < options.IdempotencyKeysMax)
                keyed.Push(seq);
        }
        foreach (var (seq, key) in log.ReadKeys(keyed))
            _keys.Add(key, seq, log[seq].AtUnixMilliseconds);
    }

    public bool IsPosted(FindByKey request)
    {
        var key = IdempotencyKeys.Of(request.Author, request.Key);
        var since = request.Since.ToUnixTimeMilliseconds();
        var entry = index.ByAuthor.Newest(request.Author.Value);
        for (; !entry.IsNone && log[entry.Seq].AtUnixMilliseconds >= since; entry = index.ByAuthor.Previous(entry))
        {
            var isKeyed = log[entry.Seq].Kind == RecordKind.Post && (log[entry.Seq].Flags & RecordFlags.Keyed) != 0;
            if (isKeyed && log.Read(entry.Seq).Header.Key == key)
                return true;
        }
        return false;
    }

    public async ValueTask<Post> CreateAsync(CreatePost request, Call call)
    {
        RequireText(request.Text, request.SpoilerText, request.MediaIds.Count > 0 || !request.Quoted.IsNone);
        var key = request.IdempotencyKey is { } text ? IdempotencyKeys.Of(request.Author, text) : 0;
        if (key == 0)
            return await AppendPostAsync(request, key, call);

        using var held = await _gate.EnterAsync(key, call.Cancellation);
        var earlier = _keys.Find(key, Now());
        if (earlier == 0)
            return await AppendPostAsync(request, key, call);
        metrics.Repeated();
        return reader.Read(earlier);
    }

    public async ValueTask<Post?> DeleteAsync(DeletePost request, Call call)
    {
        var seq = log.SeqOf(request.Id);
        if (seq == 0)
            return null;
        using var held = await _gate.EnterAsync(Pair(request.Author, seq), call.Cancellation);
        if (Own(request.Author, request.Id, null) == 0)
            return null;
        var post = reader.Read(seq);
        var flags = request.WithMedia ? RecordFlags.RemovesMedia : (byte)0;
        await AppendAsync(RecordKind.Delete, request.Author, request.Id, default, call, flags);
        return post;
    }

    public async ValueTask<Post?> BoostAsync(BoostPost request, Call call)
    {
        if (request.Visibility == Visibility.Direct)
            throw new ServiceException(ErrorCode.Invalid, "A boost cannot be direct: it is for followers at least.");
        var post = await reader.FindOriginalAsync(request.Account, request.Id, call);
        if (post?.Visibility.CanBeBoosted(isOwn: post.Author == request.Account) is not true)
            return null;
        using var held = await _gate.EnterAsync(Pair(request.Account, post.Ref.Seq), call.Cancellation);
        var boost = index.BoostBy(request.Account, post.Ref.Seq);
        if (boost == 0)
        {
            boost = (await AppendAsync(
                RecordKind.Boost, request.Account, post.Id, default, call, FlagsOfBoost(post.Visibility, request))).Seq;
        }
        return reader.Read(boost);
    }

    /// <summary>What is for followers stays for followers.</summary>
    private static byte FlagsOfBoost(Visibility ofPost, BoostPost request) =>
        RecordFlags.Of(ofPost == Visibility.Followers ? Visibility.Followers : request.Visibility);

    public ValueTask<bool> UnboostAsync(UnboostPost request, Call call) =>
        UndoAsync(request.Account, request.Id, index.BoostBy, call);

    public async ValueTask<bool> FavouriteAsync(FavouritePost request, Call call)
    {
        if (await reader.FindOriginalAsync(request.Account, request.Id, call) is not { } post)
            return false;
        using var held = await _gate.EnterAsync(Pair(request.Account, post.Ref.Seq), call.Cancellation);
        if (index.FavouriteBy(request.Account, post.Ref.Seq) == 0)
            await AppendAsync(RecordKind.Favourite, request.Account, post.Id, default, call);
        return true;
    }

    public ValueTask<bool> UnfavouriteAsync(UnfavouritePost request, Call call) =>
        UndoAsync(request.Account, request.Id, index.FavouriteBy, call);

    public void Dispose() => _gate.Dispose();

    private static ulong Pair(AccountId account, uint seq) => ((ulong)(uint)account.Value << 32) | seq;

    private async ValueTask<bool> UndoAsync(AccountId account, PostId id, Func<AccountId, uint, uint> find, Call call)
    {
        if (await reader.FindOriginalAsync(account, id, call, evenIfBlocked: true) is not { } post)
            return false;
        using var held = await _gate.EnterAsync(Pair(account, post.Ref.Seq), call.Cancellation);
        var done = find(account, post.Ref.Seq);
        if (done != 0)
            await AppendAsync(RecordKind.Delete, account, log[done].Id, default, call);
        return true;
    }

    private async ValueTask<Post> AppendPostAsync(CreatePost request, ulong key, Call call)
    {
        var answered = default(AccountId);
        var target = default(PostId);
        if (!request.InReplyTo.IsNone)
        {
            var post = await reader.FindOriginalAsync(request.Author, request.InReplyTo, call)
                ?? throw AnsweredIsGone();
            (target, answered) = (post.Id, post.Author);
        }
        var quoted = await FindQuotedAsync(request, call);
        request = request with { Visibility = VisibilityOf(request, quoted) };
        var body = BodyOf(request);
        if (request.Poll is { } poll)
            body = body with { Extras = PostExtras.Of([], Checked(poll, request.MediaIds.Count)) };
        else if (request.MediaIds.Count > 0)
            body = body with { Extras = PostExtras.Of(await pictures.UseAsync(request, call)) };
        var header = HeaderOf(request, answered, target, key);
        var appended = await AppendPostAsync(header, body, request.QuotePolicy, quoted, call);
        if (key != 0)
            _keys.Add(key, appended.Seq, appended.AtUnixMilliseconds);
        ends.Note(appended.Seq, body.Extras?.Poll);
        return reader.Keep(appended.Seq, body);
    }

    private async ValueTask<RecordMeta> AppendPostAsync(
        RecordHeader header, PostBody body, QuotePolicy policy, Post? quoted, Call call)
    {
        try
        {
            header = header with { Flags = (byte)(header.Flags | RecordFlags.Of(body.Extras)) };
            return await AppendQuotingAsync(new RecordDraft(header, body.Encode()), policy, quoted, call);
        }
        catch
        {
            await pictures.FreeAsync(body.Extras?.Media ?? []);
            throw;
        }
    }

    private static RecordHeader HeaderOf(CreatePost request, AccountId answered, PostId target, ulong key)
    {
        var flags = RecordFlags.Of(request.Visibility);
        if (key != 0)
            flags |= RecordFlags.Keyed;
        if (request.Mentions is { Count: > 0 })
            flags |= RecordFlags.Naming;
        return new RecordHeader(RecordKind.Post, flags, default, 0, request.Author, answered, target, key);
    }

    /// <summary>Exactly what will be read back: it is kept in memory as it is here.</summary>
    private static PostBody BodyOf(CreatePost request) => new(
        WellFormed(request.Text), WellFormed(request.SpoilerText), request.Sensitive, EmptyIsNone(request.Language),
        EmptyIsNone(request.AppName), request.Mentions is { Count: > 0 } mentions ? [.. mentions] : []);

    // UTF-8 has no half surrogate pairs.
    private static string WellFormed(string text) => text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')
        ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text))
        : text;

    private static string? EmptyIsNone(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static ServiceException AnsweredIsGone() =>
        new(ErrorCode.NotFound, "The post that this answers is not there, or not for you to see.");

    private ValueTask<RecordMeta> AppendAsync(
        RecordKind kind, AccountId account, PostId target, ReadOnlyMemory<byte> payload, Call call, byte flags = 0) =>
        log.AppendAsync(
            new RecordDraft(new RecordHeader(kind, flags, default, 0, account, default, target, 0), payload),
            call.Cancellation);

    /// <summary>Seq of the live post or boost, if it is the author's (and of the kind, unless null), else 0.</summary>
    private uint Own(AccountId author, PostId id, PostKind? kind)
    {
        var seq = reader.Find(id);
        if (seq == 0)
            return 0;
        var found = reader.Ref(seq);
        return found.Author == author && (kind is null || found.Kind == kind) ? seq : 0;
    }

    private void RequireText(string text, string spoilerText, bool hasMedia)
    {
        if (RefusalOfText(text, spoilerText, hasMedia) is { } refusal)
            throw refusal;
    }

    private ServiceException? RefusalOfText(string text, string spoilerText, bool hasMedia = false)
    {
        if (!hasMedia && string.IsNullOrWhiteSpace(text) && string.IsNullOrWhiteSpace(spoilerText))
            return new ServiceException(ErrorCode.Invalid, "Validation failed: Text can't be blank");
        return text.Length + spoilerText.Length <= options.TextLengthMax
            ? null
            : new ServiceException(
                ErrorCode.Invalid,
                $"Validation failed: Text is made of {text.Length + spoilerText.Length} UTF-16 code units; at most "
                + $"{options.TextLengthMax} can be stored, however few characters they show (one emoji can take "
                + "eleven)");
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
