using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts.Log;

namespace Roost.Services.Posts;

/// <remarks>
/// A batch goes the way of a single post, each step for all items: (1) look at each item by itself, and find what it is
/// about among the posts that are there; (2) enter the gates of all keys and boosts; (3) item by item, see whether it
/// is there already, here or earlier in the batch, and draft its record; (4) append all drafts in one group.
/// </remarks>
internal sealed partial class PostWriter
{
    public async ValueTask<CreatedPost[]> CreateManyAsync(CreatePosts request, Call call)
    {
        if (request.Items.Count > CreatePosts.ItemsMax)
            throw TooLarge($"{request.Items.Count} items; at most {CreatePosts.ItemsMax}");
        using var batch = PostBatch.Rent(request.Items);
        for (var i = 0; i < batch.Count; i++)
        {
            if (Examine(batch, i))
                await ExamineTargetAsync(batch, i, call);
        }

        using var held = await _gate.EnterAllAsync(batch.Keys, call.Cancellation);
        var now = Now();
        for (var i = 0; i < batch.Count; i++)
        {
            if (batch.RefusalOf(i) is null)
                Draft(batch, i, now);
        }
        if (batch.BodyBytes > CreatePosts.BytesMax)
            throw TooLarge($"{batch.BodyBytes} bytes of text; at most {CreatePosts.BytesMax}");
        var first = batch.Drafts.Count == 0 ? 0 : await log.AppendAllAsync(batch.Drafts, call.Cancellation);
        return Answer(batch, first);
    }

    private static ServiceException TooLarge(string what) =>
        new(ErrorCode.Invalid, $"The batch has {what} are taken at a time. Nothing was stored; send it in parts.");

    /// <summary>Step 1, the item by itself.</summary>
    /// <returns>Whether it is about another post, which is to be looked at too.</returns>
    private bool Examine(PostBatch batch, int i)
    {
        var (post, boost, about) = batch[i];
        if (RefusalOfForm(batch[i], i) is { } wrong)
        {
            batch.Refuse(i, wrong);
            return false;
        }
        if (post?.IdempotencyKey is { } text)
            batch.SetKey(i, IdempotencyKeys.Of(post.Author, text));
        if (post is not null)
            batch.SetOriginalAuthor(i, post.Author);
        return about >= 0 || !(post?.InReplyTo ?? boost!.Id).IsNone;
    }

    /// <summary>Step 1, what the item is about.</summary>
    private async ValueTask ExamineTargetAsync(PostBatch batch, int i, Call call)
    {
        var (post, boost, about) = batch[i];
        var actor = post?.Author ?? boost!.Account;
        if (about >= 0)
            await ExamineAboutAsync(batch, i, actor, call);
        else
            ExamineTarget(batch, i, await reader.FindOriginalAsync(actor, post?.InReplyTo ?? boost!.Id, call));
    }

    /// <summary>Of what is in the same batch only the author is known yet.</summary>
    private async ValueTask ExamineAboutAsync(PostBatch batch, int i, AccountId actor, Call call)
    {
        if (batch.RefusalOf(batch[i].About) is not null)
            return;
        var author = batch.OriginalAuthorOf(batch[i].About);
        if (batch[i].Boost is not null)
            batch.SetOriginalAuthor(i, author);
        if (!author.IsNone && await reader.IsBlockedAsync(actor, author, call))
            batch.RefuseTarget(i, TargetIsGone(batch[i]));
    }

    private static void ExamineTarget(PostBatch batch, int i, Post? target)
    {
        var boost = batch[i].Boost;
        if (target is null || (boost is not null && !target.Visibility.CanBeBoosted(boost.Account == target.Author)))
        {
            batch.RefuseTarget(i, TargetIsGone(batch[i]));
            return;
        }
        batch.SetTarget(i, new BatchTarget(target.Ref.Seq, -1));
        if (boost is null)
            return;
        batch.SetOriginalAuthor(i, target.Author);
        batch.SetKey(i, Pair(boost.Account, target.Ref.Seq));
    }

    private ServiceException? RefusalOfForm(in BatchItem item, int i)
    {
        var (post, boost, about) = item;
        if (post is null == boost is null)
            return Malformed(i, "it must be a post or a boost, one of the two");
        if ((post?.Author ?? boost!.Account).Value <= 0)
            return Malformed(i, "it names no account");
        if (about >= i || about < -1)
            return Malformed(i, $"it is about item {about}, which is not before it");
        if (about >= 0 && !(post?.InReplyTo ?? boost!.Id).IsNone)
            return Malformed(i, "it is about an earlier item and about a post's id; give one of the two");
        if (about < 0 && boost is { Id.IsNone: true })
            return Malformed(i, "it boosts nothing");
        if (boost is { Visibility: Visibility.Direct })
            return Malformed(i, "a boost cannot be direct");
        if (post is { MediaIds.Count: > 0 } or { Poll: not null } or { Quoted.IsNone: false }
            or { QuotePolicy: not QuotePolicy.Everybody })
        {
            return Malformed(i, "it has pictures or a poll, or is about quotes; post it alone");
        }
        return post is null ? null : RefusalOfText(post.Text, post.SpoilerText);
    }

    private static ServiceException Malformed(int i, string why) =>
        new(ErrorCode.Invalid, $"Item {i} of the batch is malformed: {why}.");

    private static ServiceException TargetIsGone(in BatchItem item) => item.Post is not null
        ? AnsweredIsGone()
        : new ServiceException(
            ErrorCode.NotFound, "The post to boost does not exist any more, or may not be boosted.");

    /// <summary>Step 3.</summary>
    private void Draft(PostBatch batch, int i, long now)
    {
        var (post, boost, _) = batch[i];
        // A key answers its first post again, whatever has become since of what that answered.
        if (post is not null && IsRepeated(batch, i, now))
            return;
        if ((batch.TargetRefusalOf(i) ?? Aim(batch, i)) is { } refusal)
            batch.Refuse(i, refusal);
        else if (post is not null)
            DraftPost(batch, i, post);
        else
            DraftBoost(batch, i, boost!.Account);
    }

    private bool IsRepeated(PostBatch batch, int i, long now)
    {
        if (batch.KeyOf(i) is not (var key and not 0))
            return false;
        var earlier = _keys.Find(key, now);
        if (earlier != 0)
            batch.SetExisting(i, earlier);
        else if (!batch.RepeatsEarlier(i, new BatchDeed(BatchDeedKind.Key, key)))
            return false;
        metrics.Repeated();
        return true;
    }

    private void DraftPost(PostBatch batch, int i, CreatePost post)
    {
        var target = batch.TargetOf(i);
        var key = batch.KeyOf(i);
        var header = HeaderOf(post, AuthorOf(batch, target), IdOf(target), key);
        batch.Add(i, header, BodyOf(post), key == 0 ? null : new BatchDeed(BatchDeedKind.Key, key));
    }

    private void DraftBoost(PostBatch batch, int i, AccountId account)
    {
        var target = batch.TargetOf(i);
        var deed = target.Draft < 0
            ? new BatchDeed(BatchDeedKind.BoostOfSeq, Pair(account, target.Seq))
            : new BatchDeed(BatchDeedKind.BoostOfDraft, Pair(account, (uint)target.Draft));
        if (target.Draft < 0 && index.BoostBy(account, target.Seq) is var earlier and not 0)
            batch.SetExisting(i, earlier);
        else if (!batch.RepeatsEarlier(i, deed))
        {
            var flags = FlagsOfBoost(VisibilityOf(batch, target), batch[i].Boost!);
            var header = new RecordHeader(RecordKind.Boost, flags, default, 0, account, default, IdOf(target), 0);
            batch.Add(i, header, null, deed);
        }
    }

    /// <summary>Finds what an item is about that names an earlier one; the reply is why it may not be, or null.
    /// </summary>
    private ServiceException? Aim(PostBatch batch, int i)
    {
        var item = batch[i];
        if (item.About < 0)
            return null;
        if (batch.RefusalOf(item.About) is not null)
            return TargetIsGone(item);
        var target = batch.AsTarget(item.About);
        batch.SetTarget(i, target);
        if (target.Draft < 0 && !index.IsLive(target.Seq))
            return TargetIsGone(item);
        var visibility = VisibilityOf(batch, target);
        if (!visibility.IsRestricted())
            return null;
        var author = AuthorOf(batch, target);
        if (item.Post is null)
            return visibility.CanBeBoosted(item.Boost!.Account == author) ? null : TargetIsGone(item);
        return author == item.Post.Author
            ? null
            : Malformed(
                i, "it answers a post of the same batch that not everybody may see; send it later, with the post's id");
    }

    private Visibility VisibilityOf(PostBatch batch, in BatchTarget target) => target.Draft >= 0
        ? batch.ItemOf(target.Draft).Post!.Visibility
        : RecordFlags.Visibility(log[target.Seq].Flags);

    private PostId IdOf(in BatchTarget target) => target.Seq == 0 ? default : log[target.Seq].Id;

    private AccountId AuthorOf(PostBatch batch, in BatchTarget target) =>
        target.IsNone ? default
            : target.Draft >= 0 ? batch.ItemOf(target.Draft).Post!.Author
            : log[target.Seq].Author;

    private CreatedPost[] Answer(PostBatch batch, uint first)
    {
        var created = new CreatedPost[batch.Count];
        for (var i = 0; i < created.Length; i++)
        {
            if (batch.RefusalOf(i) is { } refusal)
            {
                created[i] = new CreatedPost(default, refusal);
                continue;
            }
            var seq = batch.SeqOf(i, first);
            created[i] = new CreatedPost(reader.Ref(seq), null);
            // Their texts are in the log's tail: none is decoded before somebody reads it.
            if (batch[i].Post is not null && batch.IsNew(i) && batch.KeyOf(i) is var key and not 0)
                _keys.Add(key, seq, log[seq].AtUnixMilliseconds);
        }
        return created;
    }
}
