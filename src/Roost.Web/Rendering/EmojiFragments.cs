using Roost.Engine.Fragments;
using Roost.Services.Community;

namespace Roost.Web.Rendering;

/// <summary>Bytes that are kept as long as the emojis that they were rendered with are the community's: all are dropped
/// when one is added or removed, which happens now and then. Thread-safe.</summary>
/// <param name="bytesMax">As <see cref="FragmentArena{TVersion}"/> takes it.</param>
/// <param name="common">As it takes it, too.</param>
/// <param name="emojis">Null when there are none, ever.</param>
internal sealed class EmojiFragments<TVersion>(long bytesMax, CommonBytes common, EmojiBook? emojis)
    where TVersion : unmanaged, IEquatable<TVersion>
{
    private readonly Lock _renewing = new();
    private volatile Kept _kept = new(new FragmentArena<TVersion>(bytesMax, common), emojis?.Now ?? EmojiSet.Empty);

    /// <summary><b>Hot path.</b> What is rendered with its emojis is to be added to it, not to a later one.</summary>
    public Kept Now
    {
        get
        {
            var kept = _kept;
            return emojis is null || ReferenceEquals(kept.Emojis, emojis.Now) ? kept : Renew(emojis);
        }
    }

    private Kept Renew(EmojiBook book)
    {
        lock (_renewing)
        {
            var now = book.Now;
            if (!ReferenceEquals(_kept.Emojis, now))
                _kept = new Kept(new FragmentArena<TVersion>(bytesMax, common), now);
            return _kept;
        }
    }

    internal sealed class Kept(FragmentArena<TVersion> fragments, EmojiSet emojis)
    {
        public readonly FragmentArena<TVersion> Fragments = fragments;
        public readonly EmojiSet Emojis = emojis;
    }
}
