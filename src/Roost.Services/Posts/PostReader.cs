using Microsoft.Extensions.Logging;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts.Log;

namespace Roost.Services.Posts;

/// <summary>
/// Reads posts: from memory where they were read lately, else from the log; and holds what the viewer may not see
/// back, as if it were not there. Pages heed visibility only: who shows them has the viewer's rules at hand and
/// applies blocks with them. A post that is to be acted on is asked for alone, and then its author's block counts
/// here. Thread-safe, no locks.
/// </summary>
internal sealed partial class PostReader(
    PostLog log, PostIndex index, Service<GetRelationships, Relationship[]> relationshipsOf, PostsOptions options,
    PostsMetrics metrics, ILogger<PostReader> logger)
{
    private const int SeqsOnStackMax = 256;

    private readonly PostCache _cache = new(options.CachedPosts);

    /// <summary>Seq of a live post or boost, or 0.</summary>
    public uint Find(PostId id)
    {
        var seq = log.SeqOf(id);
        return seq != 0 && IsShown(seq) ? seq : 0;
    }

    /// <summary>Of a boost the post within, of a post itself; null when it is not there or not to be seen.</summary>
    /// <param name="evenIfBlocked">Also when its author blocks the viewer: for taking back what was done
    /// before.</param>
    public async ValueTask<Post?> FindOriginalAsync(
        AccountId viewer, PostId id, Call call, bool evenIfBlocked = false)
    {
        var post = await FindAsync(viewer, id, call);
        if (post is { IsBoost: true })
            post = await FindAsync(viewer, post.Boosted, call);
        return post is null || evenIfBlocked || !await IsBlockedAsync(viewer, post.Author, call) ? post : null;
    }

    public ValueTask<Post?[]> GetAsync(GetPosts request, Call call)
    {
        // In steps of short loops, whose rounds do not wait for each other: nearly every look at a post is a cache
        // miss, and the processor then has many under way at once.
        var posts = new Post?[request.Refs.Count];
        Span<uint> seqs = posts.Length <= SeqsOnStackMax ? stackalloc uint[posts.Length] : new uint[posts.Length];
        Locate(request.Refs, seqs);
        for (var i = 0; i < posts.Length; i++)
            posts[i] = Cached(seqs[i]);

        List<int>? restricted = null;
        var misses = 0;
        for (var i = 0; i < posts.Length; i++)
        {
            if (seqs[i] == 0)
                continue;
            var post = posts[i] ??= ReadIfShown(seqs[i], isAlone: request.ByName && posts.Length == 1, ref misses);
            if (post is not null && post.Visibility.IsRestricted() && !IsNamed(request.Viewer, post))
                (restricted ??= []).Add(i);
        }
        metrics.Read(posts.Length - misses, misses);
        return restricted is null ? new(posts) : HideAsync(request.Viewer, posts, restricted, call);
    }

    /// <summary>The same with each post's counters, and with what boosts boost.</summary>
    public async ValueTask<ShownPost[]> ShowAsync(ShowPosts request, Call call)
    {
        var posts = await GetAsync(new GetPosts(request.Viewer, request.Refs, request.ByName), call);
        var within = Within(posts);
        var boosted = within.Count == 0
            ? []
            : await GetAsync(new GetPosts(request.Viewer, within, request.ByName), call);
        return await WithQuotesAsync(request.Viewer, Shown(request.Viewer, posts, boosted), call);
    }

    /// <summary>What the feed's consumers read: whoever may see it.</summary>
    public ValueTask<ShownPost[]> ReadAsync(ReadPosts request)
    {
        var read = new ShownPost[request.Seqs.Count];
        var misses = 0;
        for (var i = 0; i < read.Length; i++)
        {
            var seq = request.Seqs[i];
            if (seq == 0 || seq > log.LastSeq || !index.IsLive(seq))
                continue;
            var post = Cached(seq) ?? ReadIfShown(seq, isAlone: false, ref misses);
            if (post is not null)
                read[i] = new ShownPost(post, index.Stats(default, seq), null, default);
        }
        metrics.Read(read.Length - misses, misses);
        return new(read);
    }

    /// <summary>A post's live boosts, newest first.</summary>
    public PostRef[] Boosts(ListBoosts request)
    {
        var boosts = new List<PostRef>();
        var entry = request.Below == 0
            ? index.ByTarget.Newest((int)request.Seq)
            : index.ByTarget.NewestBelow((int)request.Seq, request.Below);
        for (; !entry.IsNone && boosts.Count < request.Limit; entry = index.ByTarget.Previous(entry))
        {
            if (log[entry.Seq].Kind == RecordKind.Boost && index.IsLive(entry.Seq))
                boosts.Add(Ref(entry.Seq));
        }
        return [.. boosts];
    }

    /// <summary>Reads a record that is known to be a post or boost, whatever its state.</summary>
    public Post Read(uint seq)
    {
        var misses = 0;
        return Read(seq, ref misses);
    }

    /// <summary>The same, but null where it is damaged, of which the operator is told.</summary>
    public Post? TryRead(uint seq)
    {
        var misses = 0;
        return TryRead(seq, ref misses);
    }

    /// <summary>Reads a post as of one of its edits; 0 is its own record.</summary>
    public Post ReadVersion(uint seq, uint edit) => Decode(log[seq], edit);

    /// <summary>The same, but null where it is damaged, of which the operator is told.</summary>
    public Post? TryReadVersion(uint seq, uint edit)
    {
        try
        {
            return ReadVersion(seq, edit);
        }
        catch (ServiceException damage) when (damage.Code == ErrorCode.DataDamaged)
        {
            return Damaged(seq, damage);
        }
    }

    /// <summary>Whether an author blocks a viewer, who therefore may not act on the author's posts.</summary>
    public async ValueTask<bool> IsBlockedAsync(AccountId viewer, AccountId author, Call call) =>
        !viewer.IsNone && viewer != author
            && (await relationshipsOf(new GetRelationships(viewer, [author]), call))[0].BlockedBy;

    /// <summary>Keeps a post that was just appended, whose body is at hand: so its first readers need not read the
    /// log.</summary>
    public Post Keep(uint seq, in PostBody body)
    {
        var post = Compose(log[seq], body, body.AppName, edit: 0);
        _cache.Keep(post, edit: 0);
        return post;
    }

    public PostRef Ref(uint seq) => Ref(log[seq]);

    /// <summary>What a post quotes, there or not, or <c>default</c>.</summary>
    public PostRef QuotedIn(uint seq) =>
        index.QuoteIn(seq) is var quote and not 0 && log[quote].Target is var quoted and not 0
            ? Ref(log[quoted])
            : default;

    /// <summary>The live post or boost that <paramref name="id"/> names, if <paramref name="viewer"/> may see it,
    /// else null.</summary>
    private async ValueTask<Post?> FindAsync(AccountId viewer, PostId id, Call call) =>
        (await GetAsync(GetPosts.One(viewer, id), call))[0];

    public static PostRef Ref(in RecordMeta meta) =>
        new(meta.Id, meta.Seq, (PostKind)meta.Kind, meta.Author, meta.Answered);

    /// <summary>Where the posts within boosts are, one for each boost.</summary>
    private List<PostRef> Within(Post?[] posts)
    {
        var refs = new List<PostRef>();
        foreach (var post in posts)
        {
            if (post is { IsBoost: true })
                refs.Add(new PostRef(post.Boosted, log[post.Ref.Seq].Target, default, default, default));
        }
        return refs;
    }

    private ShownPost[] Shown(AccountId viewer, Post?[] posts, Post?[] boosted)
    {
        var shown = new ShownPost[posts.Length];
        var boosts = 0;
        for (var i = 0; i < posts.Length; i++)
        {
            if (posts[i] is not { } post)
                continue;
            var stats = index.Stats(viewer, post.Ref.Seq);
            if (!post.IsBoost)
                shown[i] = new ShownPost(post, stats, null, default);
            else if (boosted[boosts++] is { } original)
                shown[i] = new ShownPost(post, stats, original, index.Stats(viewer, original.Ref.Seq));
        }
        return shown;
    }

    private static bool IsNamed(AccountId viewer, Post post) =>
        !viewer.IsNone
            && (post.Author == viewer || post.Quoted.Author == viewer || post.Mentions.Contains(viewer));

    // What is cached was read, so it is a post or boost: the log's row, a cache line far away, need not be looked at.
    private Post? Cached(uint seq) => seq == 0 ? null : _cache.Find(seq, index.EditOf(seq));

    /// <summary>The seq of each ref, or 0 where nothing live can be.</summary>
    private void Locate(IReadOnlyList<PostRef> refs, Span<uint> seqs)
    {
        var last = log.LastSeq;
        for (var i = 0; i < seqs.Length; i++)
        {
            var wanted = refs[i];
            var seq = wanted.Seq != 0 ? wanted.Seq : log.SeqOf(wanted.Id);
            seqs[i] = seq <= last && index.IsLive(seq) ? seq : 0;
            index.PrefetchStats(seqs[i]);
        }
    }

    private Post? ReadIfShown(uint seq, bool isAlone, ref int misses) =>
        !IsShown(seq) ? null : isAlone ? Read(seq, ref misses) : TryRead(seq, ref misses);

    /// <summary>A lost one too, to be told that it is damaged.</summary>
    private bool IsShown(uint seq) =>
        log[seq].Kind is RecordKind.Post or RecordKind.Boost or RecordKind.Lost && index.IsLive(seq);

    /// <summary>Of posts that neither name nor quote the viewer nor are the viewer's own: those for followers are for
    /// followers, direct ones for nobody else.</summary>
    private async ValueTask<Post?[]> HideAsync(AccountId viewer, Post?[] posts, List<int> restricted, Call call)
    {
        var authors = restricted.ConvertAll(i => posts[i]!.Author);
        var relationships = viewer.IsNone
            ? null
            : await relationshipsOf(new GetRelationships(viewer, authors), call);
        for (var i = 0; i < restricted.Count; i++)
        {
            var isForFollowers = posts[restricted[i]]!.Visibility == Visibility.Followers;
            if (relationships is null || !isForFollowers || !relationships[i].Following)
                posts[restricted[i]] = null;
        }
        return posts;
    }

    /// <summary>
    /// One damaged post must not take a page of others with it: it is missing there, and the operator is told. Asked
    /// for alone, it fails.
    /// </summary>
    private Post? TryRead(uint seq, ref int misses)
    {
        try
        {
            return Read(seq, ref misses);
        }
        catch (ServiceException damage) when (damage.Code == ErrorCode.DataDamaged)
        {
            return Damaged(seq, damage);
        }
    }

    private Post? Damaged(uint seq, ServiceException damage)
    {
        metrics.Damaged();
        PostDamaged(damage.Detail ?? damage.Message, seq);
        return null;
    }

    private Post Read(uint seq, ref int misses)
    {
        var edit = index.EditOf(seq);
        if (_cache.Find(seq, edit) is { } cached)
            return cached;
        misses++;
        var post = Decode(log[seq], edit);
        _cache.Keep(post, edit);
        return post;
    }

    private Post Decode(in RecordMeta meta, uint edit)
    {
        if (meta.Kind == RecordKind.Boost && meta.Target != 0)
        {
            var at = DateTimeOffset.FromUnixTimeMilliseconds(meta.AtUnixMilliseconds);
            return new Post(
                Ref(meta), at, "", "", false, RecordFlags.Visibility(meta.Flags), null, default, log[meta.Target].Id,
                [], null, null);
        }
        var body = PostBody.Decode(log.Read(meta.Seq).Payload.Span);
        var app = body.AppName;
        if (edit != 0)
            body = PostBody.Decode(log.Read(edit).Payload.Span);
        return Compose(meta, body, app, edit);
    }

    private Post Compose(in RecordMeta meta, in PostBody body, string? app, uint edit)
    {
        DateTimeOffset? editedAt = edit == 0
            ? null
            : DateTimeOffset.FromUnixTimeMilliseconds(log[edit].AtUnixMilliseconds);
        return new Post(
            Ref(meta), DateTimeOffset.FromUnixTimeMilliseconds(meta.AtUnixMilliseconds), body.Text, body.SpoilerText,
            body.Sensitive, RecordFlags.Visibility(meta.Flags), body.Language,
            meta.Target == 0 ? default : log[meta.Target].Id, default, body.Mentions, app, editedAt)
        {
            Edit = edit,
            Extras = body.Extras,
            Quoted = QuotedIn(meta.Seq),
        };
    }

    [LoggerMessage(
        Level = LogLevel.Error, Message = "Post {Seq} is damaged and left out of pages: {Damage} Run 'roost check'.")]
    private partial void PostDamaged(string damage, uint seq);
}
