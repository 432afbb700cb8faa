"""Studies: problems with several published variants of their gradient, and negative controls.

All of them are about one public page: a question that derives the gradient of a small network
(softmax of sigmoids, cross-entropy) and an answer that corrects it. A module holds one aspect.
"""
