namespace Roost.Services.Media.Images;

/// <summary>A picture ready to be kept: both its files, and what is told about them.</summary>
internal sealed record ProcessedImage(
    MediaKind Kind, byte[] Original, MediaSize OriginalSize, byte[] Small, MediaSize SmallSize, string BlurHash);
