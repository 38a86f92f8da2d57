using System.Text;
using Roost.Engine.Ids;

namespace Roost.Services.Posts;

/// <summary>
/// What posts say, for who follows the feed and makes something of every post: as <see cref="ReadPosts"/>, but read
/// into memory of the caller's that is used again, so that a post costs nothing but its reading.
/// </summary>
/// <param name="Seqs">Posts and boosts, whoever may see them. Those that lie side by side in the log are read at once.
/// </param>
/// <param name="Counted">Posts of which only the counters are wanted.</param>
/// <param name="Into">Filled anew, and the reply; its caller's again then.</param>
public sealed record ReadPostTexts(IReadOnlyList<uint> Seqs, IReadOnlyList<uint> Counted, PostTexts Into);

/// <summary>How often a post was answered, boosted and made a favourite.</summary>
public readonly record struct PostCounters(int Replies, int Boosts, int Favourites);

/// <summary>A post without what is only shown. Lent: valid until the <see cref="PostTexts"/> it is of is filled
/// anew.</summary>
public readonly ref struct LentPost
{
    public required PostRef Ref { get; init; }

    /// <summary>When it was posted.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>As <see cref="Post.Edit"/>.</summary>
    public uint Edit { get; init; }

    public required Visibility Visibility { get; init; }

    public bool Sensitive { get; init; }

    public bool HasMedia { get; init; }

    public bool HasPoll { get; init; }

    /// <summary>Whether it quotes a post, there or not.</summary>
    public bool Quotes { get; init; }

    /// <summary>The post that it answers, be it its author's own, or <c>default</c>.</summary>
    public PostId InReplyTo { get; init; }

    public bool IsReply => !InReplyTo.IsNone;

    public required ReadOnlySpan<char> Text { get; init; }

    public required ReadOnlySpan<char> SpoilerText { get; init; }

    /// <summary>As its author told it; empty for none.</summary>
    public ReadOnlySpan<char> Language { get; init; }

    /// <summary>Of the app that it was posted with; empty for none.</summary>
    public ReadOnlySpan<char> AppName { get; init; }

    public ReadOnlySpan<AccountId> Mentions { get; init; }

    public PostCounters Counters { get; init; }

    /// <summary>The post that this was made of by <see cref="Of"/>, else null.</summary>
    public Post? Whole { get; private init; }

    /// <summary>Whether there is no more to be shown of it than what is here: it was never edited and has
    /// only words.</summary>
    public bool IsOfWordsAlone => Edit == 0 && !HasMedia && !HasPoll && !Quotes;

    /// <summary>The same of a post that was read whole.</summary>
    public static LentPost Of(Post post, PostCounters counters = default) => new()
    {
        Whole = post,
        Ref = post.Ref,
        At = post.At,
        Edit = post.Edit,
        Visibility = post.Visibility,
        Sensitive = post.Sensitive,
        HasMedia = post.Media.Count > 0,
        HasPoll = post.Poll is not null,
        Quotes = !post.Quoted.Id.IsNone,
        InReplyTo = post.InReplyTo,
        Text = post.Text,
        SpoilerText = post.SpoilerText,
        Language = post.Language,
        AppName = post.AppName,
        Mentions = post.Mentions.Count == 0 ? [] : post.Mentions.ToArray(),
        Counters = counters,
    };
}

/// <summary>Posts as <see cref="ReadPostTexts"/> reads them: columns, and the texts one behind the other. Grows to what
/// was read at most, and allocates nothing afterwards. One thread.</summary>
public sealed class PostTexts
{
    private Row[] _rows = [];
    private char[] _chars = new char[4_096];
    private AccountId[] _mentions = new AccountId[64];
    private PostCounters?[] _counters = [];
    private int _usedChars;
    private int _usedMentions;

    /// <summary>As many as were asked for.</summary>
    public int Count { get; private set; }

    /// <summary>The counters of those of which only these were wanted, in order; null where there is no post any
    /// more.</summary>
    public ReadOnlySpan<PostCounters?> Counters => _counters;

    /// <summary>What the log's records are copied into.</summary>
    internal Log.RecordRun Run { get; } = new();

    /// <summary>Whether there is such a post still, undamaged.</summary>
    public bool Has(int index) => _rows[index].Post.Seq != 0;

    /// <summary>A post that is there.</summary>
    public LentPost this[int index]
    {
        get
        {
            ref readonly var row = ref _rows[index];
            var language = row.CharsStart;
            var app = language + row.LanguageLength;
            var spoiler = app + row.AppLength;
            var text = spoiler + row.SpoilerLength;
            return new LentPost
            {
                Ref = row.Post,
                At = DateTimeOffset.FromUnixTimeMilliseconds(row.AtUnixMilliseconds),
                Edit = row.Edit,
                Visibility = row.Visibility,
                Sensitive = (row.Marks & Marks.Sensitive) != 0,
                HasMedia = (row.Marks & Marks.HasMedia) != 0,
                HasPoll = (row.Marks & Marks.HasPoll) != 0,
                Quotes = (row.Marks & Marks.Quotes) != 0,
                InReplyTo = row.InReplyTo,
                Language = _chars.AsSpan(language, row.LanguageLength),
                AppName = _chars.AsSpan(app, row.AppLength),
                SpoilerText = _chars.AsSpan(spoiler, row.SpoilerLength),
                Text = _chars.AsSpan(text, row.TextLength),
                Mentions = _mentions.AsSpan(row.MentionsStart, row.MentionsCount),
                Counters = row.Counters,
            };
        }
    }

    internal void Begin(int posts, int counted)
    {
        if (_rows.Length < posts)
            _rows = new Row[posts];
        if (_counters.Length != counted)
            _counters = new PostCounters?[counted];
        Count = _usedChars = _usedMentions = 0;
    }

    /// <summary>There is no such post.</summary>
    internal void AddNone() => _rows[Count++].Post = default;

    /// <summary>Adds a post that was read whole.</summary>
    internal void Add(Post post, PostCounters counters)
    {
        var text = LentPost.Of(post, counters);
        ref var row = ref NewRow(text);
        row.LanguageLength = Add(text.Language);
        row.AppLength = Add(text.AppName);
        row.SpoilerLength = Add(text.SpoilerText);
        row.TextLength = Add(text.Text);
        foreach (var mention in text.Mentions)
            AddMention(mention);
        row.MentionsCount = text.Mentions.Length;
    }

    /// <summary>Adds a post of words alone.</summary>
    /// <param name="post">What is known of it beside its body.</param>
    internal void Add(in LentPost post, in EncodedBody body)
    {
        ref var row = ref NewRow(post);
        row.Marks |= body.Sensitive ? Marks.Sensitive : 0;
        row.LanguageLength = Add(body.Language);
        row.AppLength = Add(body.AppName);
        row.SpoilerLength = Add(body.SpoilerText);
        row.TextLength = Add(body.Text);
        for (var i = 0; i < body.MentionCount; i++)
            AddMention(body.Mention(i));
        row.MentionsCount = body.MentionCount;
    }

    /// <summary>Adds a boost, which has no body.</summary>
    internal void AddBoost(in LentPost boost) => NewRow(boost);

    internal void SetCounters(int index, PostCounters? counters) => _counters[index] = counters;

    private ref Row NewRow(scoped in LentPost post)
    {
        ref var row = ref _rows[Count++];
        row = new Row
        {
            Post = post.Ref,
            AtUnixMilliseconds = post.At.ToUnixTimeMilliseconds(),
            Edit = post.Edit,
            InReplyTo = post.InReplyTo,
            Visibility = post.Visibility,
            Marks = (post.Sensitive ? Marks.Sensitive : 0) | (post.HasMedia ? Marks.HasMedia : 0)
                | (post.HasPoll ? Marks.HasPoll : 0) | (post.Quotes ? Marks.Quotes : 0),
            Counters = post.Counters,
            CharsStart = _usedChars,
            MentionsStart = _usedMentions,
        };
        return ref row;
    }

    private int Add(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
            return 0;
        // No byte makes more than one unit.
        var length = Encoding.UTF8.GetChars(utf8, Room(utf8.Length));
        _usedChars += length;
        return length;
    }

    private int Add(ReadOnlySpan<char> text)
    {
        text.CopyTo(Room(text.Length));
        _usedChars += text.Length;
        return text.Length;
    }

    private Span<char> Room(int length)
    {
        if (_chars.Length - _usedChars < length)
            Array.Resize(ref _chars, Math.Max(2 * _chars.Length, _usedChars + length));
        return _chars.AsSpan(_usedChars);
    }

    private void AddMention(AccountId account)
    {
        if (_usedMentions == _mentions.Length)
            Array.Resize(ref _mentions, 2 * _mentions.Length);
        _mentions[_usedMentions++] = account;
    }

    [Flags]
    private enum Marks : byte
    {
        Sensitive = 1,
        HasMedia = 2,
        HasPoll = 4,
        Quotes = 8,
    }

    private struct Row
    {
        public PostRef Post;
        public PostId InReplyTo;
        public long AtUnixMilliseconds;
        public uint Edit;
        public PostCounters Counters;
        public Visibility Visibility;
        public Marks Marks;
        public int CharsStart;
        public int LanguageLength;
        public int AppLength;
        public int SpoilerLength;
        public int TextLength;
        public int MentionsStart;
        public int MentionsCount;
    }
}
