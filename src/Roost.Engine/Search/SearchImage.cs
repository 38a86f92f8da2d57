namespace Roost.Engine.Search;

/// <summary>A sealed segment as bytes, such as a file that is mapped into memory.</summary>
/// <param name="Address">
/// Of the first byte, a multiple of 64. The memory must be writable, and what is written there must stay private:
/// counters and deletions go there. Map files copy-on-write.
/// </param>
/// <param name="Length">In bytes.</param>
/// <param name="Owner">Keeps the memory; the index disposes it when it needs it no more, or could not open it.</param>
public sealed record SearchImage(nint Address, long Length, IDisposable Owner);
